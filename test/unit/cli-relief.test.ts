import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { run } from '../../helper/cli/main.ts';
import {
  approveOutputSchema,
  denyOutputSchema,
  explainOutputSchema,
  pendingOutputSchema,
  reliefClearLeakOutputSchema,
  reliefModeOutputSchema,
  reliefOutputSchema,
  reliefPauseOutputSchema,
  reliefRestoreOutputSchema,
  reliefResumeOutputSchema,
  reliefWrongOutputSchema,
} from '../../helper/cli/relief/output.ts';
import type { Handlers, ParsedArgs } from '../../helper/keeper/server/dispatch.ts';
import { type ErrorCode, failure } from '../../helper/protocol/errors.ts';
import type { Proposal, ReliefStatus } from '../../helper/protocol/relief.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { activity, frozen, killProposal, proposal, withRelief } from '../fakes/sample-relief.ts';
import { calmRelief } from '../fakes/sample-status.ts';
import { ownUid, peerAs, sampleHandlers, startSocketKeeper } from '../fakes/socket-keeper.ts';

const cli = async (argv: readonly string[], io = capturedIo()) => ({ code: await run(argv, io), ...io.text });

const handlersOf = (relief: Partial<ReliefStatus>, change: Partial<Handlers> = {}, mode: 'live' | 'dry_run' = 'live') =>
  sampleHandlers({
    'read.status': () => ({ ok: true, result: withRelief(relief, mode) }),
    'read.pending': () => ({
      ok: true,
      result: { pending: (relief.pending ?? []).map((each) => ({ proposal: each, nonce: `nonce-${each.id}` })) },
    }),
    ...change,
  });

/** A keeper of the test's own, and the place to give to every command. */
const keeper = async (t: TestContext, handlers: Handlers): Promise<readonly string[]> => {
  const { runDirectory } = await startSocketKeeper(t, { handlers });
  return ['--run-dir', runDirectory];
};

const refuses = (code: ErrorCode) => () => ({ ok: false, failure: failure(code) }) as const;

describe('castellan pending', () => {
  test('lists what waits, with why, what it would do, and how it is answered', async (t) => {
    const place = await keeper(t, handlersOf({ pending: [proposal(), killProposal()] }));
    const { code, out } = await cli(['pending', ...place]);
    assert.equal(code, 0);
    for (const said of [
      /^ {2}1 {2}Freeze node \(pid 45013\)\? \(plan 21\)$/m,
      /why +It grows by 850 MB\/s/,
      /expected +Stops growth of 850 MB\/s; frees no memory by itself\./,
      /impact +listens on 127\.0\.0\.1:1234/,
      /answer +castellan approve 1, or castellan deny 1; expires in 1:38$/m,
      /answer +castellan approve 7 --confirm, or castellan deny 7; expires in 1:01$/m,
    ])
      assert.match(out, said);
  });

  test('says so when nothing waits, and in the dry run that nothing would be carried out', async (t) => {
    const calm = await keeper(t, handlersOf({}));
    assert.deepEqual(await cli(['pending', ...calm]), { code: 0, out: 'Nothing waits for you.\n', err: '' });
    const dry = await keeper(t, handlersOf({ pending: [proposal({ dryRun: true })] }, {}, 'dry_run'));
    assert.match(
      (await cli(['pending', ...dry])).out,
      /dry run: nothing is asked, and nothing would be carried out; `castellan relief wrong 21`/,
    );
  });

  test('--json has no nonce in it', async (t) => {
    const place = await keeper(t, handlersOf({ pending: [proposal()] }));
    const { out } = await cli(['pending', '--json', ...place]);
    assert.equal(pendingOutputSchema.parse(JSON.parse(out)).pending.length, 1);
    assert.doesNotMatch(out, /nonce/);
  });

  test('what a process calls itself cannot steer the terminal', async (t) => {
    const nasty = proposal({ title: 'Freeze \u001b[2Jno\nde?', impact: ['\u202etxt'] });
    const place = await keeper(t, handlersOf({ pending: [nasty] }));
    for (const argv of [['pending'], ['pending', '--json'], ['status'], ['relief'], ['approve', '1']]) {
      const { out } = await cli([...argv, ...place]);
      assert.ok(!out.includes('\u001b') && !out.includes('\u202e'), argv.join(' '));
    }
  });
});

test('who may not is told of the command that was typed', async (t) => {
  let uid = ownUid();
  const { runDirectory } = await startSocketKeeper(t, { peerOf: peerAs(() => uid) });
  uid = 65_534;
  const { code, err } = await cli(['relief', 'live', '--run-dir', runDirectory]);
  assert.equal(code, 4);
  assert.match(err, /^not_allowed: .*\(`castellan relief live` is for root and the user at the console\)/);
});

test('a dry run that is forced has no countdown and no gate', async (t) => {
  const why = 'CASTELLAN_DRY_RUN is set: nothing can leave the dry run.';
  const status = withRelief({}, 'dry_run');
  const forced = { ...status, mode: { ...status.mode, reasons: [why] } };
  const place = await keeper(t, handlersOf({}, { 'read.status': () => ({ ok: true, result: forced }) }));
  assert.match((await cli(['status', ...place])).out, /DRY RUN, forced\n/);
  assert.match((await cli(['relief', ...place])).out, /gate +closed while the dry run is forced\n/);
});

describe('castellan approve', () => {
  const asked = (answer: Handlers['approve']) => {
    const args: ParsedArgs<'approve'>[] = [];
    const approve: Handlers['approve'] = (given, caller) => {
      args.push(given);
      return answer(given, caller);
    };
    return { args, approve };
  };
  const done: Handlers['approve'] = () => ({
    ok: true,
    result: { plan: 17, outcome: 'done', detail: 'node is stopped.' },
  });

  test('shows the act, approves what it showed, and says what came of it', async (t) => {
    const { args, approve } = asked(done);
    const place = await keeper(t, handlersOf({ pending: [proposal()] }, { approve }));
    const { code, out } = await cli(['approve', '1', ...place]);
    assert.equal(code, 0);
    assert.match(
      out,
      /^ +1 {2}Freeze node \(pid 45013\)\? \(plan 21\)\n( +(why|expected|impact) .*\n)*Done \(plan 17\): node is stopped\.\n$/,
    );
    assert.deepEqual(args, [{ id: 1, hash: '5f0c2e91a7d34b66', nonce: 'nonce-1', confirmed: false }]);
  });

  test('--confirm is the second confirmation; without it the keeper says that it is needed, exit 4', async (t) => {
    const { args, approve } = asked((given, caller) =>
      given.confirmed ? done(given, caller) : { ok: false, failure: failure('confirmation_needed') },
    );
    const place = await keeper(t, handlersOf({ pending: [killProposal()] }, { approve }));
    const without = await cli(['approve', '7', ...place]);
    assert.equal(without.code, 4);
    assert.match(without.out, /End qemu/);
    assert.match(without.err, /^confirmation_needed: .*--confirm/);
    assert.equal((await cli(['approve', '7', '--confirm', ...place])).code, 0);
    assert.deepEqual(
      args.map(({ confirmed }) => confirmed),
      [false, true],
    );
  });

  test('what was approved and failed is exit 1, and said', async (t) => {
    const approve: Handlers['approve'] = () => ({
      ok: true,
      result: { plan: 17, outcome: 'failed', detail: 'The deadman did not acknowledge.' },
    });
    const place = await keeper(t, handlersOf({ pending: [proposal()] }, { approve }));
    const { code, out } = await cli(['approve', '1', ...place]);
    assert.equal(code, 1);
    assert.match(out, /Failed \(plan 17\): The deadman did not acknowledge\.\n$/);
    const json = await cli(['approve', '1', '--json', ...place]);
    assert.equal(json.code, 1);
    assert.equal(approveOutputSchema.parse(JSON.parse(json.out)).outcome, 'failed');
  });

  test('of what is not there any more the keeper says what became of it', async (t) => {
    for (const code of ['approval_expired', 'approval_used', 'approval_withdrawn', 'approval_unknown'] as const) {
      const { args, approve } = asked(refuses(code));
      const place = await keeper(t, handlersOf({}, { approve }));
      const said = await cli(['approve', '9', ...place]);
      assert.equal(said.code, 4);
      assert.equal(said.out, '');
      assert.match(said.err, new RegExp(`^${code}: `));
      assert.deepEqual(args, [{ id: 9, hash: '', nonce: '', confirmed: false }]);
    }
  });

  test('what is not a number is wrong usage', async () => {
    for (const argv of [
      ['approve'],
      ['approve', 'one'],
      ['approve', '-1'],
      ['approve', '1', '2'],
      ['deny', '1.5'],
      ['relief', 'wrong', 'x'],
      ['relief', 'resume'],
      ['relief', 'resume', '--all', '3'],
      ['relief', 'resume', 'all'],
      ['relief', 'restore'],
      ['relief', 'restore', 'x'.repeat(129)],
    ])
      assert.equal((await cli(argv)).code, 2, argv.join(' '));
  });
});

describe('castellan deny', () => {
  test('denies what is shown under the number', async (t) => {
    const args: ParsedArgs<'deny'>[] = [];
    const deny: Handlers['deny'] = (given) => {
      args.push(given);
      return { ok: true, result: {} };
    };
    const place = await keeper(t, handlersOf({ pending: [proposal()] }, { deny }));
    const { code, out } = await cli(['deny', '1', ...place]);
    assert.deepEqual([code, out], [0, 'Denied: Freeze node (pid 45013)? Nothing is done.\n']);
    assert.deepEqual(args, [{ id: 1, hash: '5f0c2e91a7d34b66' }]);
    const json = await cli(['deny', '1', '--json', ...place]);
    assert.deepEqual(denyOutputSchema.parse(JSON.parse(json.out)), { denied: 1 });
  });

  test('another user is refused, exit 4', async (t) => {
    const place = await keeper(t, handlersOf({}, { 'read.pending': refuses('not_allowed') }));
    for (const verb of ['deny', 'approve']) {
      const { code, err } = await cli([verb, '1', ...place]);
      assert.equal(code, 4);
      assert.match(err, /^not_allowed: /);
    }
  });
});

describe('castellan explain', () => {
  const passedOver = [
    { target: 'qemu (pid 1204)', code: 'floor', text: 'It holds 2.4 GB, less than its floor of 8.0 GB.' },
    { target: 'com.sanctum.memory-vault', code: 'useless', text: 'Shedding it did not help twice.' },
  ];

  test('says what was chosen or why nothing, and lists what was passed over in columns', async (t) => {
    const explain: Handlers['read.explain'] = () => ({
      ok: true,
      result: {
        atMs: 1,
        level: 'orange',
        chosen: null,
        noop: 'Cooling down after the last action: 74 s.',
        passedOver,
      },
    });
    const place = await keeper(t, handlersOf({}, { 'read.explain': explain }));
    const { code, out } = await cli(['explain', ...place]);
    assert.equal(code, 0);
    assert.match(out, /^\d\d:\d\d:\d\d {2}High\nCooling down after the last action: 74 s\.\n\n/);
    const rows = out.split('\n').slice(3, 6);
    assert.match(rows[0] ?? '', /^PASSED OVER +REASON +WHY$/);
    const at = (rows[0] ?? '').indexOf('WHY');
    assert.equal(rows[1]?.indexOf('It holds 2.4 GB'), at);
    assert.equal(rows[2]?.indexOf('Shedding it'), at);
    const json = await cli(['explain', '--json', ...place]);
    assert.deepEqual(explainOutputSchema.parse(JSON.parse(json.out)).passedOver, passedOver);
  });

  test('nothing passed over is said, too', async (t) => {
    const place = await keeper(t, handlersOf({}));
    assert.match((await cli(['explain', ...place])).out, /Nothing was passed over\.\n$/);
  });
});

describe('castellan relief', () => {
  const busy: Partial<ReliefStatus> = {
    pending: [proposal()],
    frozen: [frozen({ count: 3 })],
    shed: [
      { label: 'com.a', sinceSeconds: 60, restoresInSeconds: 420, staysDown: false },
      { label: 'com.b', sinceSeconds: 60, restoresInSeconds: null, staysDown: true },
    ],
    suppressed: [{ target: 'com.c', why: 'It did not help.', wouldHelp: 'Less of cilghal.' }],
    activity: [activity({ markedWrong: true })],
    conflict: { target: 'node', sinceSeconds: 4 },
    wiredLeak: { seat: 'Cilghal', bytes: 2 ** 34 },
    envelope: { peaksBytes: 2 ** 36, overBytes: 2 ** 32 },
    missingEnforcers: ['com.d'],
    deadman: 'missing',
  };

  test('shows gate, mode, what is frozen, shed and left alone, and the latest acts by number', async (t) => {
    const place = await keeper(t, handlersOf(busy));
    const { code, out } = await cli(['relief', ...place]);
    assert.equal(code, 0);
    for (const said of [
      /mode +live/,
      /gate +1 h of 6 h observed, 5 h to go/,
      /deadman +missing/,
      /why +Nothing needs doing/,
      /pending +Freeze node \(pid 45013\)\? `castellan approve 1`/,
      /frozen +node \(pid 45013\) and 2 more, 8\.6 GB; resumes by itself in 9:37, or with `castellan relief resume 3`/,
      /shed +com\.a, 1 min ago; comes back in 7:00/,
      /shed +com\.b, 1 min ago; stays down until `castellan relief restore com\.b`/,
      /! +com\.c: It did not help\. Less of cilghal\./,
      /! +somebody else resumes node/,
      /! +16\.0 GB of wired memory did not come back from Cilghal/,
      /! +the declared peaks of all seats are 4\.0 GB more than this machine has/,
      /! +the policy counts on com\.d/,
      /! +the deadman does not answer/,
      /done +plan 12 {2}\d\d:\d\d:\d\d {2}Freeze node \(pid 45013\): helped\. Growth fell .* Marked as wrong\./,
    ])
      assert.match(out, said);
    const json = await cli(['relief', '--json', ...place]);
    assert.equal(reliefOutputSchema.parse(JSON.parse(json.out)).relief.frozen.length, 1);
  });

  test('going live and back says what the keeper said, and the gate', async (t) => {
    const open = { ...calmRelief.gate, state: 'open', observedSeconds: 21_600, plans: 3 } as const;
    const mode: Handlers['relief.mode'] = ({ to }) => ({
      ok: true,
      result: { mode: to, gate: { ...open, state: 'live' }, said: 'Relief is live. 3 actions were planned.' },
    });
    const place = await keeper(t, handlersOf({ gate: open }, { 'relief.mode': mode }, 'dry_run'));
    const { code, out } = await cli(['relief', 'live', ...place]);
    assert.equal(code, 0);
    assert.match(out, /^Relief is live\. 3 actions were planned\.\ngate: live \(3 planned/);
    const json = await cli(['relief', 'live', '--json', ...place]);
    assert.equal(reliefModeOutputSchema.parse(JSON.parse(json.out)).plansSeen, 3);
    assert.equal((await cli(['relief', 'dry-run', ...place])).code, 0);
  });

  test('while the gate is closed going live is refused with exit 4, and the gate is shown', async (t) => {
    const place = await keeper(t, handlersOf({}, { 'relief.mode': refuses('gate_closed') }, 'dry_run'));
    const { code, out, err } = await cli(['relief', 'live', ...place]);
    assert.equal(code, 4);
    assert.equal(out, '');
    assert.match(err, /^gate: 1 h of 6 h observed, 5 h to go.*\ngate_closed: /);
  });

  test('wrong, pause, resume, restore and clear-leak say what was done, in words and in JSON', async (t) => {
    const resumed: (number | null)[] = [];
    const place = await keeper(
      t,
      handlersOf(
        {},
        {
          'relief.wrong': () => ({ ok: true, result: { gate: calmRelief.gate } }),
          'relief.resume': ({ freeze }) => {
            resumed.push(freeze);
            return { ok: true, result: { resumed: freeze === null ? 2 : 1 } };
          },
          'relief.restore': () => ({ ok: true, result: {} }),
        },
      ),
    );
    const said = async (...argv: string[]) => (await cli([...argv, ...place])).out;
    assert.match(await said('relief', 'wrong', '12'), /^Plan 12 is marked as wrong\.\ngate: /);
    assert.equal(await said('relief', 'resume', '3'), 'Resumed: 1 freeze.\n');
    assert.equal(await said('relief', 'resume', '--all'), 'Resumed: 2 freezes.\n');
    assert.deepEqual(resumed, [3, null]);
    assert.equal(await said('relief', 'restore', 'com.a'), 'com.a was brought back.\n');
    assert.match(await said('relief', 'clear-leak'), /accounted for/);
    assert.equal(await said('relief', 'pause'), '15\n');
    assert.equal(await said('relief', 'pause', '60'), '60\n');
    assert.equal(await said('relief', 'unpause'), '0\n');
    const json = async (...argv: string[]): Promise<unknown> => JSON.parse(await said(...argv, '--json'));
    assert.equal(reliefWrongOutputSchema.parse(await json('relief', 'wrong', '12')).plan, 12);
    assert.equal(reliefResumeOutputSchema.parse(await json('relief', 'resume', '3')).resumed, 1);
    assert.equal(reliefRestoreOutputSchema.parse(await json('relief', 'restore', 'com.a')).restored, 'com.a');
    assert.ok(reliefClearLeakOutputSchema.parse(await json('relief', 'clear-leak')).cleared);
    assert.equal(reliefPauseOutputSchema.parse(await json('relief', 'pause', '2')).paused?.endsInSeconds, 120);
    for (const minutes of ['0', '61', '1.5', 'long', '-1']) {
      const { code, err } = await cli(['relief', 'pause', ...place, '--', minutes]);
      assert.equal(code, 2, minutes);
      assert.match(err, /from 1 to 60/);
    }
  });

  test('what the keeper refuses ends with its code; what was tried and failed with exit 1', async (t) => {
    const place = await keeper(
      t,
      handlersOf({}, { 'relief.clear_leak': refuses('not_allowed'), 'relief.restore': refuses('act_failed') }),
    );
    for (const [argv, exit, code] of [
      [['relief', 'wrong', '9'], 4, 'plan_unknown'],
      [['relief', 'resume', '9'], 4, 'not_frozen'],
      [['relief', 'restore', 'x'], 1, 'act_failed'],
      [['relief', 'clear-leak'], 4, 'not_allowed'],
    ] as const) {
      const said = await cli([...argv, ...place]);
      assert.equal(said.code, exit);
      assert.match(said.err, new RegExp(`^${code}: `));
    }
  });
});

describe('relief in castellan status', () => {
  const statusOf = async (t: TestContext, relief: Partial<ReliefStatus>, mode: 'live' | 'dry_run' = 'live') =>
    (await cli(['status', ...(await keeper(t, handlersOf(relief, {}, mode)))])).out;

  test('the dry run has its badge with what is left until the gate opens; live has none', async (t) => {
    assert.match(await statusOf(t, {}, 'dry_run'), /^● Normal .* DRY RUN, gate opens in 5 h$/m);
    const open = { ...calmRelief.gate, state: 'open' } as const;
    assert.match(await statusOf(t, { gate: open }, 'dry_run'), /DRY RUN, gate open$/m);
    assert.doesNotMatch(await statusOf(t, {}), /DRY RUN/);
  });

  test('names what waits with the command to type, what is frozen with its countdown, and why', async (t) => {
    const one = await statusOf(t, { pending: [proposal()], frozen: [frozen()], why: 'Cooling down: 74 s.' });
    assert.match(one, /pending +Freeze node \(pid 45013\)\? `castellan approve 1`, 1:38 left/);
    assert.match(one, /frozen +node \(pid 45013\), 8\.6 GB; resumes by itself in 9:37/);
    assert.match(one, /why +Cooling down: 74 s\./);
    const many: readonly Proposal[] = [proposal(), killProposal()];
    assert.match(await statusOf(t, { pending: [...many] }), /pending +2 wait for you: `castellan pending` lists them/);
    const dry = many.map((each) => ({ ...each, dryRun: true }));
    assert.match(await statusOf(t, { pending: dry }, 'dry_run'), /pending +2 would be asked/);
    assert.match(await statusOf(t, { deadman: 'not_ready' }), /! the deadman is not ready yet/);
  });
});

describe('castellan schema', () => {
  test('has one for each of what these commands print', async () => {
    for (const name of [
      'pending',
      'approve',
      'deny',
      'explain',
      'relief',
      'relief-mode',
      'relief-wrong',
      'relief-resume',
      'relief-restore',
      'relief-clear-leak',
      'relief-pause',
      'log',
      'scenario',
    ]) {
      const { code, out } = await cli(['schema', name]);
      assert.equal(code, 0, name);
      assert.equal((JSON.parse(out) as { type?: string }).type, 'object', name);
    }
  });
});
