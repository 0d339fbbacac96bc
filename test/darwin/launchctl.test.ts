import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLaunchctl } from '../../helper/host/darwin/launchctl.ts';
import type { ServiceResult } from '../../helper/host/service-manager.ts';

const label = 'com.sanctum.mlx';

/** As macOS 14 prints it, shortened. */
const printed = `system/com.sanctum.mlx = {
	active count = 1
	path = /Library/LaunchDaemons/com.sanctum.mlx.plist
	state = running

	program = /opt/sanctum/bin/sanctum-mlx
	domain = system
	minimum runtime = 10
	exit timeout = 60
	runs = 3
	pid = 812
	immediate reason = speculative
	last terminating signal = Killed: 9

	endpoints = {
		"com.sanctum.mlx.control" = {
			port = 0x2b0a7
		}
	}
}
`;

const answering = (answers: Readonly<Record<string, Answer>>) => {
  const asked: string[][] = [];
  const limitsMs: (number | undefined)[] = [];
  const services = createLaunchctl((args, done, limitMs) => {
    asked.push([...args]);
    limitsMs.push(limitMs);
    const { code, output } = answers[args[0] ?? ''] ?? { code: 64 };
    done(code === 0 ? (output ?? '') : null, code);
  });
  return { services, asked, limitsMs };
};

const ending = printed.replace('state = running', 'state = SIGTERMed');

type Answer = { readonly code: number | null; readonly output?: string };
const runs: Answer = { code: 0, output: printed };
const endsNow: Answer = { code: 0, output: ending };
const isIdle: Answer = {
  code: 0,
  output: printed.replace('state = running', 'state = not running').replace('\tpid = 812\n', ''),
};
const told = (answer: ServiceResult): { readonly problem: string } => ({
  problem: answer.ok ? 'none' : answer.problem,
});

/** As long as an effect may take before it counts as timed out (helper/keeper/loop.ts). */
const effectTimeoutMs = 10_000;

describe('services of macOS by launchctl', () => {
  test('the arguments are fixed; only a label goes in', async () => {
    const { services, asked } = answering({
      bootstrap: { code: 0 },
      kickstart: { code: 0 },
      bootout: { code: 0 },
      print: { code: 0, output: printed },
    });
    assert.deepEqual(await services.bootstrap(label), { ok: true });
    assert.deepEqual(await services.bootout(label), { ok: true });
    await services.print(label);
    assert.deepEqual(asked, [
      ['bootstrap', 'system', '/Library/LaunchDaemons/com.sanctum.mlx.plist'],
      ['kickstart', 'system/com.sanctum.mlx'],
      ['bootout', 'system/com.sanctum.mlx'],
      ['print', 'system/com.sanctum.mlx'],
    ]);
  });

  test('what is no label never reaches launchctl', async () => {
    const { services, asked } = answering({});
    for (const wrong of ['', '../evil', '-w', 'a b', 'a/b', `${'x'.repeat(200)}`, 'a\nb'])
      for (const answer of [
        await services.bootstrap(wrong),
        await services.bootout(wrong),
        await services.print(wrong),
      ])
        assert.ok(!answer.ok && answer.problem === 'refused', wrong);
    assert.deepEqual(asked, []);
  });

  test('each documented exit code has its answer', async () => {
    const bootout = {
      36: 'none',
      3: 'absent',
      113: 'absent',
      119: 'refused',
      125: 'unsupported',
      1: 'failed',
    };
    for (const [code, problem] of Object.entries(bootout)) {
      const answer = await answering({ bootout: { code: Number(code) } }).services.bootout(label);
      assert.equal(answer.ok ? 'none' : answer.problem, problem, code);
      if (!answer.ok) assert.match(answer.detail, new RegExp(`${label}.*${code}`));
    }
    const refused = await answering({ bootstrap: { code: 122 } }).services.bootstrap(label);
    assert.ok(!refused.ok && refused.problem === 'refused');
  });

  test('a bootout without an answer, or with another under way, is what launchd says of the job then', async () => {
    for (const code of [null, 37]) {
      const told = (print: { readonly code: number | null; readonly output?: string }) =>
        answering({ bootout: { code }, print }).services.bootout(label);
      assert.deepEqual(await told({ code: 113 }), { ok: true });
      assert.deepEqual(await told({ code: 0, output: ending }), { ok: true });
      const how = code === null ? /did not answer within 8 s/ : /launchctl: 37/;
      for (const [print, text] of [
        [{ code: 0, output: printed }, /was not told to end: launchd still runs it/],
        [{ code: null }, /may have been told to end: launchd does not say/],
      ] as const) {
        const answer = await told(print);
        assert.ok(!answer.ok && answer.problem === 'failed');
        assert.match(answer.detail, text);
        assert.match(answer.detail, how);
        assert.match(answer.detail, new RegExp(label));
      }
    }
  });

  test('a bootout has time to answer, and is known about before its act counts as timed out', async () => {
    const { services, asked, limitsMs } = answering({ bootout: { code: null }, print: { code: null } });
    await services.bootout(label);
    assert.deepEqual(
      asked.map(([verb]) => verb),
      ['bootout', 'print'],
    );
    const [bootoutMs = 0, printMs = 0] = limitsMs;
    assert.equal(bootoutMs, 8_000);
    assert.ok(printMs > 0 && bootoutMs + printMs < effectTimeoutMs);
  });

  test('what a bootstrap means that says too little is what launchd says of the job', async () => {
    for (const code of [5, 36, 37, null]) {
      const start = async (print: Answer, kickstart: Answer = { code: 64 }) => {
        const { services, asked } = answering({ bootstrap: { code }, print, kickstart });
        return { ...told(await services.bootstrap(label)), verbs: asked.map(([verb]) => verb) };
      };
      assert.deepEqual(await start(runs), { problem: 'already', verbs: ['bootstrap', 'print'] }, `${code}`);
      assert.deepEqual(await start(endsNow), { problem: 'ending', verbs: ['bootstrap', 'print'] }, `${code}`);
      assert.deepEqual(await start(isIdle, { code: 0 }), {
        problem: 'none',
        verbs: ['bootstrap', 'print', 'kickstart'],
      });
      const gone = await start({ code: 113 });
      // 37 of a job that is gone by now: it can be asked again. 5 is asked again at once, because it may mean the same.
      assert.equal(gone.problem, code === 36 || code === 37 ? 'ending' : 'failed', `${code}`);
      assert.equal(gone.verbs.filter((verb) => verb === 'bootstrap').length, code === 5 ? 2 : 1);
    }
  });

  test('what was loaded is kickstarted, and in progress means that it runs, starts or ends', async () => {
    const start = async (kickstart: Answer, print: Answer = { code: null }) =>
      told(await answering({ bootstrap: { code: 0 }, kickstart, print }).services.bootstrap(label)).problem;
    assert.equal(await start({ code: 0 }), 'none');
    for (const code of [36, 37, null]) {
      assert.equal(await start({ code }, runs), 'none', `${code}`);
      assert.equal(await start({ code }, endsNow), 'ending', `${code}`);
      assert.equal(await start({ code }, isIdle), code === null ? 'failed' : 'none', `${code}: without a pid yet`);
      assert.equal(await start({ code }, { code: 113 }), 'absent', `${code}`);
      assert.equal(await start({ code }), 'failed', `${code}`);
    }
    assert.equal(await start({ code: 113 }), 'absent');
    assert.equal(await start({ code: 119 }), 'refused');
    assert.equal(await start({ code: 122 }), 'refused');
    assert.equal(await start({ code: 125 }), 'unsupported');
    assert.equal(await start({ code: 1 }), 'failed');
  });

  test('a start is known about before its act counts as timed out, whatever does not answer', async () => {
    const silent = { code: null };
    for (const answers of [
      { bootstrap: silent, print: isIdle, kickstart: silent },
      { bootstrap: { code: 0 }, print: silent, kickstart: silent },
    ]) {
      const { services, asked, limitsMs } = answering(answers);
      assert.equal(told(await services.bootstrap(label)).problem, 'failed');
      assert.ok(asked.length > 2);
      assert.ok(limitsMs.reduce<number>((sum, ms = 5_000) => sum + ms, 0) < effectTimeoutMs);
    }
  });

  test('print is read line by line, and what is not there is unknown', async () => {
    const job = async (output: string) => {
      const answer = await answering({ print: { code: 0, output } }).services.print(label);
      assert.ok(answer.ok);
      return answer.job;
    };
    assert.deepEqual(await job(printed), {
      label,
      pid: 812,
      lastExit: { code: null, signal: 'SIGKILL' },
      exitTimeoutSeconds: 60,
      hasMachServices: true,
    });
    const exited = await job('x = {\n\tstate = not running\n\tlast exit code = 78: EX_CONFIG\n}\n');
    assert.deepEqual([exited.pid, exited.lastExit, exited.hasMachServices], [null, { code: 78, signal: null }, false]);
    assert.equal((await job('x = {\n\tlast exit code = (never exited)\n}\n')).lastExit, null);
    assert.deepEqual(await job('something else'), {
      label,
      pid: null,
      lastExit: null,
      exitTimeoutSeconds: null,
      hasMachServices: null,
    });
  });
});
