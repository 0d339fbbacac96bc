import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KillAllowedEntry, PolicyEntry } from '../../helper/config/config.ts';
import type { Inspection } from '../../helper/host/port.ts';
import type { ServiceJob } from '../../helper/host/service-manager.ts';
import { appleProcesses } from '../../helper/host/sim/apple-processes.ts';
import {
  askFirstReasons,
  type DenialContext,
  denialOf,
  isLoginUid,
  loginUidsFrom,
} from '../../helper/relief/denials.ts';
import { deniedPrograms } from '../../helper/relief/denied-programs.ts';
import { processReading } from '../fakes/readings.ts';

const nothing: DenialContext = { own: new Set(), seat: null, inspection: null, ownerUid: null };
const clear: Inspection = {
  id: { pid: 9, start: 's9' },
  listening: [],
  isHypervisor: false,
  isTraced: false,
  isPlatform: false,
  processGroup: 9,
};
const codeOf = (command: string, context: Partial<DenialContext> = {}, uid = 501): string | null =>
  denialOf(processReading(9, { command, uid }), { ...nothing, ...context })?.code ?? null;

describe('what is never acted upon', () => {
  test('the first process and the kernel, whatever they are called', () => {
    for (const pid of [0, 1]) assert.equal(denialOf(processReading(pid), nothing)?.code, 'first_process');
  });

  test('Castellan, its clients and who started them', () => {
    assert.equal(codeOf('/bin/zsh', { own: new Set([9]) }), 'own');
    assert.equal(codeOf('/bin/zsh', { own: new Set([8]) }), null);
  });

  for (const { program, commands } of deniedPrograms)
    test(`${program}, also under an account of a person and declared by its uid`, () => {
      for (const command of commands) assert.equal(codeOf(command, { ownerUid: 501 }), 'system_program', command);
    });

  test('is judged by the program and not by what stands in its arguments or sounds alike', () => {
    for (const command of [
      '/usr/bin/vim /etc/ssh/sshd',
      '/opt/homebrew/bin/node /Users/neo/sshd',
      'python3 -m sshd',
      '/Users/neo/bin/not-sshd',
      '/Users/neo/bin/sshd2',
      '/bin/bash /sbin/launchd',
      '/usr/bin/tail -f /var/log/tailscaled',
      '/Applications/Some Tool.app/Contents/MacOS/Some Tool /sbin/launchd',
      '/usr/bin/open /System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal',
      '/usr/bin/grep -r WindowServer',
    ])
      assert.equal(codeOf(command), null, command);
  });

  test('terminal programs, with blanks in the path and with arguments', () => {
    for (const command of [
      '/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal',
      '/Applications/iTerm.app/Contents/MacOS/iTerm2 --some=thing',
      '/Volumes/My Disk/Applications/Warp.app/Contents/MacOS/stable',
    ])
      assert.equal(codeOf(command), 'terminal', command);
    assert.equal(codeOf('/Applications/Other.app/Contents/MacOS/stable'), null);
  });

  test('what the system is made of, except the virtual machines of its framework', () => {
    const platform = { ...clear, isPlatform: true };
    assert.equal(codeOf('/usr/libexec/photoanalysisd', { inspection: platform }), 'platform');
    const guest =
      '/System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices/com.apple.Virtualization.VirtualMachine.xpc/Contents/MacOS/com.apple.Virtualization.VirtualMachine';
    assert.equal(codeOf(guest, { inspection: platform }), null);
    assert.equal(codeOf(`/bin/sh ${guest}`, { inspection: platform }), 'platform');
  });

  test('what is being debugged', () => {
    assert.equal(codeOf('/bin/x', { inspection: { ...clear, isTraced: true } }), 'traced');
  });

  test('accounts nobody logs in with, unless the entry declares them', () => {
    assert.equal(codeOf('/bin/x', {}, 88), 'owner');
    assert.equal(codeOf('/bin/x', { ownerUid: 88 }, 88), null);
    assert.equal(codeOf('/bin/x', { ownerUid: 89 }, 88), 'owner');
    assert.equal(codeOf('/bin/x', { ownerUid: 0 }, 0), null);
    assert.equal(codeOf('/bin/x', { firstLoginUid: loginUidsFrom('linux') }, 999), 'owner');
    assert.equal(codeOf('/bin/x', { firstLoginUid: loginUidsFrom('darwin') }, 999), null);
  });

  test('which accounts people log in with', () => {
    const rows: readonly (readonly ['darwin' | 'linux', number, boolean])[] = [
      ['darwin', 0, false],
      ['darwin', 500, false],
      ['darwin', 501, true],
      ['darwin', 4_294_967_294, false],
      ['darwin', -2, false],
      ['darwin', 1_234_567_890, true],
      ['linux', 999, false],
      ['linux', 1000, true],
      ['linux', 61_184, false],
      ['linux', 65_534, false],
      ['linux', 65_535, false],
      ['linux', 100_000, true],
    ];
    for (const [host, uid, expected] of rows) assert.equal(isLoginUid(uid, loginUidsFrom(host)), expected, `${uid}`);
    assert.equal(loginUidsFrom('sim'), 501);
  });

  test('protected seats in every state, and on-call ones that load or drain', () => {
    const seat = (kind: 'protected' | 'on_call', state: 'loading' | 'ready' | 'frozen' | 'draining' | 'absent') =>
      codeOf('/bin/x', { seat: { name: 'S', class: kind, state } });
    for (const state of ['loading', 'ready', 'frozen', 'draining', 'absent'] as const)
      assert.equal(seat('protected', state), 'seat_protected');
    assert.equal(seat('on_call', 'loading'), 'seat_loading');
    assert.equal(seat('on_call', 'draining'), 'seat_draining');
    assert.equal(seat('on_call', 'ready'), null);
  });

  test('every daemon of a Mac that no entry declares', () => {
    for (const { command, uid = 0 } of appleProcesses)
      if (uid !== 501) assert.notEqual(codeOf(command, {}, uid), null, command);
  });
});

const entry: PolicyEntry = {
  name: 'e',
  pattern: 'e',
  class: 'freeze_only',
  freezeFloorBytes: 0,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
};
const job = (hasMachServices: boolean | null): ServiceJob => ({
  label: 'l',
  pid: 9,
  lastExit: null,
  exitTimeoutSeconds: null,
  hasMachServices,
});

describe('what is asked about first', () => {
  const rows: readonly (readonly [string, Inspection | null, ServiceJob | null, readonly RegExp[]])[] = [
    ['nothing is known against it', clear, null, []],
    ['a job without Mach services', clear, job(false), []],
    ['a listener', { ...clear, listening: ['127.0.0.1:1', '[::1]:2', '*:3'] }, null, [/127\.0\.0\.1:1 and 2 more/]],
    ['a hypervisor', { ...clear, isHypervisor: true }, null, [/virtual machines/]],
    ['a job with Mach services', clear, job(true), [/Mach services that others/]],
    ['a job of which that is not known', clear, job(null), [/job l offers Mach services is not known/]],
    ['it was not looked at', null, null, [/not be looked at/]],
    [
      'nothing could be read',
      { ...clear, listening: null, isHypervisor: null, isTraced: null, isPlatform: null },
      null,
      [/debugger/, /operating system/, /listens/, /virtual machines/],
    ],
  ];
  for (const [name, inspection, of, expected] of rows)
    test(name, () => {
      const reasons = askFirstReasons(entry, inspection, of);
      assert.equal(reasons.length, expected.length, reasons.join('; '));
      for (const [i, words] of expected.entries()) assert.match(reasons[i] ?? '', words);
    });

  test('an oracle', () => {
    assert.deepEqual(askFirstReasons({ ...entry, oracle: 'hosts the gateway' }, clear, null), ['it hosts the gateway']);
  });

  test('without_asking speaks for what is known of these kinds, and never for what may not be touched', () => {
    const unasked: KillAllowedEntry = {
      ...entry,
      class: 'kill_allowed',
      killFloorBytes: 0,
      preAuthorised: false,
      oracle: 'hosts the gateway',
      withoutAsking: true,
    };
    const all = { ...clear, listening: ['*:1'], isHypervisor: true };
    assert.deepEqual(askFirstReasons(unasked, all, job(true)), []);
    assert.deepEqual(askFirstReasons(unasked, { ...all, listening: null, isHypervisor: null }, job(null)), []);
    assert.equal(askFirstReasons(unasked, { ...clear, isTraced: null }, null).length, 1);
    assert.equal(askFirstReasons(unasked, { ...clear, isPlatform: null }, null).length, 1);
    assert.equal(askFirstReasons(unasked, null, null).length, 1);
  });
});
