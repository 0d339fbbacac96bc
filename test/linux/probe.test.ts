import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ProbeResult, ProbeSpec } from '../../helper/host/port.ts';
import { createProber, type Prober } from '../../helper/host/probe.ts';
import { namedAccount } from '../../helper/supervisor/account.ts';
import { see } from '../../helper/supervisor/proc.ts';
import { shellProbe } from '../fakes/service-probes.ts';
import { eventually } from '../fakes/service-supervisor.ts';

const skip = process.platform === 'linux' ? false : 'children are looked at through /proc';
const isRoot = process.geteuid?.() === 0;

const withProber = async (body: (prober: Prober) => Promise<void>): Promise<void> => {
  const prober = createProber({
    ownUid: process.geteuid?.() ?? -1,
    findAccount: async (name) => namedAccount(name),
  });
  try {
    await body(prober);
  } finally {
    prober.close();
  }
};

/** Processes whose command line has this text, zombies (which have none) left out. */
const running = (text: string): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
      } catch {
        return false;
      }
    });

const zombiesOfOurs = (): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .filter((pid) => {
      if (see(pid)?.isZombie !== true) return false;
      return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[1] === String(process.pid);
    });

/** Seconds that nobody else sleeps: a process can be told by its command line. */
const unique = (): string => `${600 + Math.floor(Math.random() * 1e6)}.${process.pid}`;

const detailOf = (result: ProbeResult): string => {
  assert.ok(!result.ok);
  return result.detail;
};

describe('a readiness command', { skip }, () => {
  test('is run without a shell, with nothing of our environment but PATH and HOME, in a group of its own', () =>
    withProber(async (prober) => {
      const say = (script: string): Promise<string> => prober.probe(shellProbe(script)).then(detailOf);
      process.env.CASTELLAN_SECRET = 'secret';
      try {
        // PWD, SHLVL, OLDPWD and _ are the shell's own.
        const names = "env | cut -d= -f1 | grep -vE '^(PWD|SHLVL|OLDPWD|_)$' | sort";
        assert.equal(await say(`echo $(${names}); exit 1`), 'exit 1: HOME PATH');
      } finally {
        delete process.env.CASTELLAN_SECRET;
      }
      assert.match(
        await say('read -r pid _ _ _ group session _ < /proc/self/stat; echo $group $session $$; exit 1'),
        /^exit 1: (\d+) \1 \1$/,
      );
      assert.equal(await say('pwd; exit 1'), 'exit 1: /');
      const argument = '$(id); echo "broken"';
      const named = await prober.probe({ ...shellProbe(''), argv: ['ls', '-d', argument] });
      assert.match(detailOf(named), /^exit 2: ls: .*\$\(id\); echo "broken"/, 'found by PATH, and taken as it is');
    }));

  test(
    'has the rights of nobody when root runs it, groups included, and never those of root',
    { skip: isRoot ? false : 'needs root' },
    () =>
      withProber(async (prober) => {
        const ids = (user: string | null) => {
          const script = "grep -E '^(Uid|Gid|Groups)' /proc/self/status | tr '\\t\\n' '  '; exit 1";
          return prober.probe({ ...shellProbe(script), user }).then(detailOf);
        };
        assert.match(await ids(null), /^exit 1: Uid: 65534 65534 65534 65534 Gid: (\d+) \1 \1 \1 Groups: *$/);
        const daemon = namedAccount('daemon');
        assert.ok(daemon !== null);
        assert.match(
          await ids('daemon'),
          new RegExp(`^exit 1: Uid:( ${daemon.uid}){4} Gid:( ${daemon.gid}){4} Groups: *$`),
        );
        assert.match(await ids('root'), /is not run as root/);
      }),
  );

  test('of another account is refused without root, and so is one of no account', () =>
    withProber(async (prober) => {
      const nobodys = createProber({ ownUid: 4_711, findAccount: async (name) => namedAccount(name) });
      assert.match(
        detailOf(await nobodys.probe({ ...shellProbe('true'), user: 'daemon' })),
        /^only root can run it as daemon$/,
      );
      const none = { ...shellProbe('true'), user: 'no-such-account' };
      assert.match(detailOf(await prober.probe(none)), /there is no account no-such-account/);
    }));

  test('that does not end in time is killed with all it started, and leaves no zombie', () =>
    withProber(async (prober) => {
      const time = unique();
      // A child that ignores TERM, and a grandchild; both hold the output open.
      const script = `echo waiting for the model; (trap '' TERM; sleep ${time} & sleep ${time}) & sleep ${time}`;
      const result = await prober.probe(shellProbe(script, 400));
      assert.equal(detailOf(result), 'no answer within 0.4 s: waiting for the model');
      await eventually('all are gone', () => (running(time).length === 0 ? true : null));
      await eventually('no zombies', () => (zombiesOfOurs().length === 0 ? true : null));
    }));

  test('is answered by its own end, though what it started goes on, and that is ended', () =>
    withProber(async (prober) => {
      const time = unique();
      assert.deepEqual(await prober.probe(shellProbe(`sleep ${time} & exit 0`)), { ok: true, detail: '' });
      await eventually('it is gone', () => (running(time).length === 0 ? true : null));
    }));

  test('may write as much as it likes; one plain line of it is kept', () =>
    withProber(async (prober) => {
      const much = await prober.probe(shellProbe('head -c 5000000 /dev/zero | tr "\\0" x; exit 1'));
      assert.equal(detailOf(much), `exit 1: ${'x'.repeat(200)}`);
      const evil = detailOf(
        await prober.probe(shellProbe("printf '\\n  \\n\\033[2Jred\\007 \\342\\200\\256x\\nmore'; exit 2")),
      );
      assert.match(evil, /^exit 2: /);
      assert.doesNotMatch(evil, /[\p{Cc}\p{Cf}]|more/u);
      assert.match(detailOf(await prober.probe(shellProbe("printf '\\377\\376'; exit 2"))), /^exit 2: \ufffd+$/);
    }));

  test('that cannot be run, or is ended by a signal, is a no with the reason', () =>
    withProber(async (prober) => {
      const why = (argv: ProbeSpec['argv']) => prober.probe({ ...shellProbe(''), argv }).then(detailOf);
      assert.match(await why(['/no/such/program']), /cannot be run.*ENOENT/);
      assert.match(await why(['/etc/passwd']), /cannot be run.*EACCES/);
      assert.match(await why(['']), /cannot be run/);
      assert.match(await why(['a\0b']), /cannot be run/);
      assert.equal(await why(null), 'no command is given');
      assert.equal(detailOf(await prober.probe(shellProbe('kill -KILL $$'))), 'SIGKILL');
    }));

  test('that runs when the host is closed is killed', async () => {
    const time = unique();
    await withProber(async (prober) => {
      const asked = prober.probe(shellProbe(`sleep ${time}`, 60_000));
      await eventually('it runs', () => (running(time).length > 0 ? true : null));
      prober.close();
      assert.match(detailOf(await asked), /^no answer/);
    });
    await eventually('it is gone', () => (running(time).length === 0 ? true : null));
  });
});
