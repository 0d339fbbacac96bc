import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { failure } from '../../helper/protocol/errors.ts';
import { knownRuntimes } from '../../helper/relief/known-runtimes.ts';
import { compilePattern } from '../../helper/relief/patterns.ts';
import { configFileText, configGroups } from '../../renderer/data/config.ts';
import { recoveryLines } from '../../renderer/data/health/recovery.ts';
import { createReading } from '../../renderer/data/reading.ts';
import { editView, gateView, matchCount, matchViews, ruleText } from '../../renderer/data/relief/policy.ts';
import { sumText } from '../../renderer/data/seats/sum-text.ts';
import { shortcutOf, shortcutWords } from '../../renderer/data/shortcut.ts';
import { status } from '../e2e/popover-fixtures.ts';
import { previews, servingSeats } from '../e2e/popover-states-seats.ts';
import { configView, policy } from '../e2e/window-pages-policy.ts';

describe('the policy in words', () => {
  const seen = policy(0);
  const [studio, qemu, python, docker] = seen.rules;
  assert.ok(studio && qemu && python && docker);

  test('each match says what would become of it', () => {
    assert.deepEqual(
      [studio, qemu, python].flatMap((rule) => matchViews(rule).map(({ standing }) => standing)),
      ['acts', 'below', 'asked', 'locked', 'stopped'],
    );
    assert.equal(
      matchViews(qemu)[0]?.said,
      'You are asked first: it runs virtual machines; it hosts the council gateway. On red its end may be proposed.',
    );
    assert.deepEqual([studio, python, docker].map(matchCount), [
      'matches 5 now',
      'matches 2 now, 1 locked',
      'matches nothing now',
    ]);
  });

  test('what only its end reaches is not below its floor', () => {
    const [match] = qemu.matches;
    assert.ok(match !== undefined);
    const low = { ...qemu, matches: [{ ...match, aboveFreezeFloor: false, askFirst: [] }] };
    assert.equal(matchViews(low)[0]?.standing, 'acts');
  });

  test('a rule says what it allows', () => {
    assert.equal(ruleText(docker), 'May be frozen from 8.0 GB, nothing else.');
    assert.equal(
      ruleText({ ...qemu, preAuthorised: true, withoutAsking: true, ownerUid: 88 }),
      'May be frozen from 8.0 GB; from 8.0 GB ended, unasked when it leaks on red; comes last: it hosts the council gateway; frozen without asking; also processes of uid 88.',
    );
  });

  test('a finding says which lines to replace', () => {
    const todo = seen.findings.map((finding) => editView(finding, '/etc/castellan.toml'));
    assert.deepEqual(
      todo.map((edit) => [edit?.todo, edit?.place]),
      [
        ['Replace line 9:', 'castellan.toml:9'],
        ['Line 29 as it stands:', 'castellan.toml:29'],
        ['Remove lines 52 to 56:', 'castellan.toml:52'],
      ],
    );
  });

  test('the gate says how far it is, and what it offers', () => {
    const now = status(0);
    const gate = (change: Partial<typeof now.relief.gate>, mode = now.mode) =>
      gateView({ ...now, mode, relief: { ...now.relief, gate: { ...now.relief.gate, ...change } } });
    assert.deepEqual([gate({ observedSeconds: 10_800 }).share, gate({}).offers], [0.5, null]);
    assert.deepEqual(gate({ state: 'open', observedSeconds: 30_000 }).share, 1);
    assert.equal(gate({ state: 'open' }).offers, 'live');
    assert.equal(gate({}, { name: 'live', reasons: [] }).offers, 'dry_run');
    const forced = { name: 'dry_run' as const, reasons: ['CASTELLAN_DRY_RUN is set: nothing can leave the dry run.'] };
    assert.equal(gate({ state: 'open' }, forced).offers, null, 'a dry run that is forced has no way out here');
    assert.equal(gate({}, { name: 'observe_only', reasons: ['A sensor fails.'] }).text, 'A sensor fails.');
  });

  test('the pattern that is offered for a runtime finds it, and nothing that only sounds like it', () => {
    const example = readFileSync(new URL('../../docs/castellan.example.toml', import.meta.url), 'utf8');
    for (const { name, pattern, commands, others } of knownRuntimes) {
      const compiled = compilePattern(pattern);
      assert.ok(compiled.ok, name);
      assert.ok(example.includes(`pattern = '${pattern}'`), `${name} stands in the example file`);
      for (const command of commands) assert.ok(compiled.matches(command), `${name}: ${command}`);
      for (const command of others) assert.ok(!compiled.matches(command), `${name}: ${command}`);
    }
  });
});

describe('the configuration in words', () => {
  test('values stand under what they belong to, and are found by words', () => {
    const view = configView(0);
    assert.deepEqual(
      configGroups(view, '').map(({ title, rows }) => [title, rows.map(({ name }) => name).join(' ')]),
      [
        ['Levels', 'yellow.available orange.available'],
        ['Relief', 'mode'],
        ['Rule LM Studio', 'pattern freeze_floor'],
        ['HTTP API', 'listen'],
        ['Seat Cilghal', 'peak command'],
      ],
    );
    const [found] = configGroups(view, ' ORANGE 5 ');
    assert.deepEqual(found?.rows, [
      {
        key: 'pressure.orange.available',
        name: 'orange.available',
        value: '5 GB',
        usual: '4 GB',
        place: 'line 4',
        isChanged: true,
      },
    ]);
    assert.deepEqual(configGroups(view, 'no such'), []);
    assert.match(configFileText({ file: { path: '/x', state: 'invalid' } }), /cannot be used/);
  });
});

describe('a shortcut that is pressed', () => {
  const press = (code: string, change: object = {}) =>
    shortcutOf({ key: 'x', code, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...change });

  test('is named as Electron names it; Esc leaves, Shift alone is no modifier', () => {
    assert.deepEqual(press('KeyM', { ctrlKey: true, altKey: true }), { kind: 'shortcut', shortcut: 'Control+Alt+M' });
    assert.deepEqual(press('F13', { metaKey: true, shiftKey: true }), {
      kind: 'shortcut',
      shortcut: 'Shift+Command+F13',
    });
    assert.deepEqual(press('ArrowUp', { altKey: true }), { kind: 'shortcut', shortcut: 'Alt+Up' });
    assert.deepEqual(press('Escape', { key: 'Escape' }), { kind: 'cancelled' });
    for (const [code, change] of [
      ['KeyM', {}],
      ['KeyM', { shiftKey: true }],
      ['ControlLeft', { ctrlKey: true }],
      ['F99', { ctrlKey: true }],
    ] as const)
      assert.deepEqual(press(code, change), { kind: 'waiting' }, code);
    assert.equal(shortcutWords('Control+Alt+M', true), '⌃⌥M');
    assert.equal(shortcutWords('Control+Alt+M', false), 'Control+Alt+M');
  });
});

describe('what is asked while a page is open', () => {
  test('the last answer stays when the next fails, and one question is asked at a time', async () => {
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    let asked = 0;
    let next: () => unknown = () => ({ ok: true, result: 1 });
    const read = (async () => {
      asked += 1;
      return next();
    }) as unknown as Parameters<typeof createReading>[0]['read'];
    const reading = createReading({ read }, 'read.policy', {}, () => 3);
    reading.refresh();
    reading.refresh();
    await settled();
    assert.deepEqual([asked, reading.answer.value?.atMs, reading.problem.value], [1, 3, '']);
    next = () => ({ ok: false, failure: failure('not_running') });
    reading.refresh();
    await settled();
    assert.match(reading.problem.value, /No keeper is answering/);
    assert.ok(reading.answer.value !== null);
    next = () => {
      throw new Error('gone');
    };
    reading.refresh();
    await settled();
    assert.equal(reading.problem.value, 'The app could not ask the helper.');
  });
});

describe('what can be taken along', () => {
  test('the answer to "would it fit" is text with the whole sum', () => {
    const preview = previews.Codestral;
    assert.ok(preview !== undefined);
    const text = sumText(preview, servingSeats);
    const [first] = text.split('\n');
    assert.match(first ?? '', /^Codestral: /);
    assert.match(text, /^Installed +64\.0 GB$/m);
    assert.match(text, /^Left +\d+\.\d GB$/m);
    assert.ok(!/\n\n\n/.test(text));
  });
});

describe('recovery', () => {
  test('a seat that does no work says what is offered, or why nothing is; others say nothing', () => {
    const now = status(0);
    const passedOver = [
      { act: 'recover', target: 'Cilghal', code: 'x', text: 'its files fail' },
      { act: 'freeze', target: 'Codestral', code: 'x', text: 'below its floor' },
      { act: 'recover', target: 'no seat', code: 'x', text: 'x' },
    ];
    const lines = recoveryLines(now, { atMs: 0, level: 'green', chosen: null, noop: '', passedOver });
    assert.deepEqual([...lines], [['Cilghal', ['Recovery is not offered: its files fail.']]]);
    assert.equal(recoveryLines(now, null).size, 0);
  });
});
