import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ServiceJob, ServiceManager } from '../../helper/host/service-manager.ts';
import { consoleUserOf } from '../../helper/keeper/server/console-user.ts';
import { createGatewayCheck } from '../../helper/keeper/server/gateway-launchd.ts';

type Print = ServiceManager['print'];

/** launchd's word on these labels; others it does not know. */
const services = (jobs: Readonly<Record<string, number | null | 'silent'>>) => {
  const asked: string[] = [];
  const print: Print = async (label) => {
    asked.push(label);
    const pid = jobs[label];
    if (pid === 'silent') return { ok: false, problem: 'failed', detail: 'launchctl gave no answer' };
    if (pid === undefined) return { ok: false, problem: 'absent', detail: '113' };
    const job: ServiceJob = { label, pid, lastExit: null, exitTimeoutSeconds: null, hasMachServices: null };
    return { ok: true, job };
  };
  return { print, asked };
};

const checkOf = (jobs: Parameters<typeof services>[0]) => {
  const { print, asked } = services(jobs);
  const check = createGatewayCheck({ hostKind: 'darwin', services: { print }, pid: 100 });
  assert.ok(check);
  return { check, asked };
};

describe('the gateway where launchd runs the keeper', () => {
  test('is the process that launchd runs under its label, and no other of the account', async () => {
    const { check } = checkOf({ 'com.sanctum.castellan': 100, 'com.sanctum.castellan.gateway': 200 });
    assert.equal(await check(200), null);
    const other = await check(201);
    assert.equal(other?.code, 'client_untrusted');
    assert.match(other?.detail ?? '', /pid 201 is not com\.sanctum\.castellan\.gateway, which is 200/);
  });

  test('of a development build has the label of one', async () => {
    const { check } = checkOf({
      'com.sanctum.castellan': 99,
      'com.sanctum.castellan.gateway': 300,
      'com.sanctum.castellan.dev': 100,
      'com.sanctum.castellan.gateway.dev': 200,
    });
    assert.equal(await check(200), null);
    assert.equal((await check(300))?.code, 'client_untrusted');
  });

  test('is asked for afresh at each connection: it may have been started anew a moment ago', async () => {
    const jobs: Record<string, number | null> = { 'com.sanctum.castellan': 100, 'com.sanctum.castellan.gateway': null };
    const { check, asked } = checkOf(jobs);
    assert.match((await check(200))?.detail ?? '', /not running/);
    jobs['com.sanctum.castellan.gateway'] = 200;
    assert.equal(await check(200), null);
    assert.equal(asked.filter((label) => label === 'com.sanctum.castellan').length, 1, 'the keeper stays launchd’s');
  });

  test('is nobody while launchd does not answer', async () => {
    const silentKeeper = checkOf({ 'com.sanctum.castellan': 'silent' });
    assert.equal((await silentKeeper.check(200))?.code, 'client_untrusted');
    const silentGateway = checkOf({ 'com.sanctum.castellan': 100, 'com.sanctum.castellan.gateway': 'silent' });
    assert.match((await silentGateway.check(200))?.detail ?? '', /launchctl gave no answer/);
  });

  test('is told by its account alone where somebody started the keeper by hand, and on Linux', async () => {
    const { check } = checkOf({ 'com.sanctum.castellan': 99 });
    assert.equal(await check(4711), null);
    const { print } = services({});
    assert.equal(createGatewayCheck({ hostKind: 'linux', services: { print }, pid: 100 }), undefined);
  });
});

describe('the user at the console', () => {
  test('is whoever has it now, for a keeper of root on a Mac', () => {
    let owner: number | null = 501;
    const user = consoleUserOf('darwin', 0, () => owner);
    assert.equal(user(), 501);
    owner = null;
    assert.equal(user(), null, 'at the login window');
    owner = 502;
    assert.equal(user(), 502, 'after a change of users');
  });

  test('is the keeper’s own account everywhere else', () => {
    const owner = (): number | null => 501;
    assert.equal(consoleUserOf('darwin', 777, owner)(), 777);
    assert.equal(consoleUserOf('linux', 0, owner)(), 0);
    assert.equal(consoleUserOf('sim', 1000, owner)(), 1000);
  });
});
