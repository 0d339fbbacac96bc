import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'plist';
import { runsWithOtherWired } from '../../helper/arbiter/wired-argument.ts';
import { GB, type SeatConfig } from '../../helper/config/config.ts';
import { definePlists } from '../../helper/install/define-plists.ts';
import { seatPlist } from '../../helper/install/seat-plist.ts';
import { type JobSpec, parseSpec } from '../../helper/supervisor/spec.ts';
import { seatOf } from '../fakes/arbiter-world.ts';

const cilghal = seatOf({
  name: 'cilghal',
  class: 'protected',
  label: 'com.sanctum.mlx',
  band: 'CRITICAL',
  wiredBytes: 18 * GB,
  command: ['/opt/mlx/server', '--model', 'cilghal 35B <"q4" & more>'],
  user: '_mlx',
  drainSeconds: 45,
});
const codestral = seatOf({
  name: 'codestral',
  label: 'com.sanctum.codestral',
  wiredBytes: 2 * GB,
  command: ['/opt/mlx/server', '--model', 'codestral'],
});

const textOf = (seat: SeatConfig): string => {
  const text = seatPlist(seat, null);
  assert.ok(text !== null);
  return text;
};

/** As the supervisor reads it. */
const specOf = (seat: SeatConfig): JobSpec => {
  const parsed = parseSpec(new TextEncoder().encode(textOf(seat)));
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.detail);
  return parsed.spec;
};

describe('the property list of a seat', () => {
  test('of a protected one keeps it alive, with its wired limit and time to drain', () => {
    assert.deepEqual(specOf(cilghal), {
      label: 'com.sanctum.mlx',
      program: '/opt/mlx/server',
      argv: ['/opt/mlx/server', '--model', 'cilghal 35B <"q4" & more>', '--metal-wired-limit-mb', '18432'],
      environment: {},
      workingDirectory: null,
      keepAlive: true,
      runAtLoad: true,
      throttleSeconds: 10,
      exitTimeoutSeconds: 75,
      standardOut: null,
      standardError: null,
      userName: '_mlx',
      hasMachServices: false,
    });
  });

  test('of an on-call one lets it end, and never starts it by itself', () => {
    const spec = specOf(codestral);
    assert.deepEqual([spec.keepAlive, spec.runAtLoad], [false, false]);
    assert.deepEqual(spec.argv.slice(-2), ['--metal-wired-limit-mb', '2048']);
    assert.equal(spec.exitTimeoutSeconds, 60);
    assert.equal(spec.userName, null);
  });

  test('carries the band by its number, and says that nobody promises anything of it', () => {
    const keys = (seat: SeatConfig) => parse(textOf(seat)) as Readonly<Record<string, unknown>>;
    assert.equal(keys(cilghal).JetsamPriority, 190);
    assert.equal(keys(codestral).JetsamPriority, 0);
    assert.equal(keys(seatOf({ ...codestral, band: 'HOME' })).JetsamPriority, 160);
    assert.equal(keys(cilghal).ProcessType, 'Interactive');
    assert.match(textOf(cilghal), /<!--[\s\S]*JetsamPriority is undocumented and may do nothing[\s\S]*-->/);
    for (const key of ['EnableTransactions', 'EnablePressuredExit']) assert.ok(!(key in keys(cilghal)), key);
  });

  test('names a log of its own in the run directory, for both outputs', () => {
    const text = seatPlist(codestral, '/Library/Application Support/Sanctum & Co/run') ?? '';
    const parsed = parseSpec(new TextEncoder().encode(text));
    assert.ok(parsed.ok);
    const log = '/Library/Application Support/Sanctum & Co/run/seats/com.sanctum.codestral.log';
    assert.deepEqual([parsed.spec.standardOut, parsed.spec.standardError], [log, log]);
  });

  test('is the operator’s own when the configuration has no command', () => {
    assert.equal(seatPlist({ ...cilghal, command: null }, null), null);
  });

  test('names no account in a user’s own domain, where launchd knows one only', () => {
    assert.equal(specOf({ ...cilghal, domain: 'gui/501' }).userName, null);
  });

  test('leaves the wired arguments out where there is nothing to say', () => {
    assert.deepEqual(specOf({ ...codestral, wiredBytes: 0 }).argv, codestral.command);
    assert.deepEqual(specOf({ ...codestral, wiredArgument: [] }).argv, codestral.command);
  });

  /** What castellan.toml takes for an argument. */
  const isArgument = (text: string): boolean => /^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{1,1024}$/u.test(text);
  const argument = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter(isArgument),
    fc.string({
      unit: fc.constantFrom(' ', '<', '&', ']', '>', '"', "'", '{', 'é', '😀'),
      minLength: 1,
      maxLength: 12,
    }),
  );
  test('gives back every argument as it was, and time to drain whatever the drain is', () => {
    fc.assert(
      fc.property(
        fc.tuple(argument, fc.array(argument, { maxLength: 6 })),
        fc.integer({ min: 0, max: 64 * 1024 }),
        fc.double({ min: 0, max: 3_600, noNaN: true }),
        fc.constantFrom('protected', 'on_call'),
        ([program, rest], mb, drainSeconds, kind) => {
          const seat: SeatConfig = {
            ...codestral,
            class: kind,
            command: [`/${program}`, ...rest],
            wiredBytes: mb * 2 ** 20,
            drainSeconds,
          };
          const spec = specOf(seat);
          const wired = mb === 0 ? [] : ['--metal-wired-limit-mb', String(mb)];
          assert.deepEqual(spec.argv, [`/${program}`, ...rest, ...wired]);
          assert.ok(spec.exitTimeoutSeconds >= drainSeconds + 30);
          assert.equal(spec.keepAlive, kind === 'protected');
          assert.equal(spec.runAtLoad, kind === 'protected');
          assert.equal(runsWithOtherWired(seat, [spec.argv.join(' ')]), false, 'who was just started is up to date');
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('writing property lists', () => {
  const told = () => {
    const lines: string[] = [];
    return { lines, tell: (level: string, text: string) => void lines.push(`${level}: ${text}`) };
  };

  test('gives those of seats with a command to the services, in order, and tells what was written', async () => {
    const { lines, tell } = told();
    const given: [string, string][] = [];
    const define = async (label: string, plist: string) => {
      given.push([label, plist]);
      return { ok: true } as const;
    };
    const defined = await definePlists({ define }, [cilghal, { ...codestral, command: null }, codestral], tell, null);
    assert.deepEqual(given, [
      ['com.sanctum.mlx', textOf(cilghal)],
      ['com.sanctum.codestral', textOf(codestral)],
    ]);
    assert.ok(defined.every(({ ok }) => ok));
    assert.equal(
      lines[0],
      'notice: The property list of cilghal (com.sanctum.mlx) was written; its next start goes by it.',
    );
  });

  test('what is there as it should be is not told', async () => {
    const { lines, tell } = told();
    const define = async () => ({ ok: false, problem: 'already', detail: 'as given' }) as const;
    const [first] = await definePlists({ define }, [cilghal], tell, null);
    assert.deepEqual([first?.ok, first?.isUnchanged, lines], [true, true, []]);
  });

  test('what cannot be written is told with its reason, and the others are written all the same', async () => {
    const { lines, tell } = told();
    const define = async (label: string) => {
      if (label === 'com.sanctum.mlx') return { ok: false, problem: 'failed', detail: 'no space left' } as const;
      if (label === 'com.sanctum.third') throw new Error('gone');
      return { ok: true } as const;
    };
    const third = { ...codestral, name: 'third', label: 'com.sanctum.third' };
    const defined = await definePlists({ define }, [cilghal, third, codestral], tell, null);
    assert.deepEqual(
      defined.map(({ ok }) => ok),
      [false, false, true],
    );
    assert.equal(lines[0], 'warn: The property list of cilghal (com.sanctum.mlx) could not be written: no space left.');
    assert.match(lines[1] ?? '', /^warn: .*third.* gone\.$/);
  });

  test('a host whose property lists are the installer’s affair is left alone', async () => {
    const { lines, tell } = told();
    assert.deepEqual(await definePlists({}, [cilghal], tell, null), []);
    assert.deepEqual(lines, []);
  });
});
