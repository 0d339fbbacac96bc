import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { ZodMiniType } from 'zod/mini';
import type { AppSnapshot, WindowPage } from '../../app/ipc/contract.ts';
import { statusSchema } from '../../helper/protocol/status.ts';
import { processList } from '../../helper/protocol/verbs.ts';
import { pageNames } from '../../renderer/window/page-names.ts';
import { stateNames, states } from './popover-states-list.ts';
import { missing, openShell, type PopoverShell } from './popover-states-shell.ts';
import { hostileReads, stateOf } from './window-pages-fixtures.ts';
import { windowStates } from './window-states-list.ts';

/**
 * Whatever a snapshot holds, the popover draws something readable and goes on: nothing is thrown, no figure is shown that
 * is none, nothing pushes the page wider than it is, and the next good snapshot is drawn as if nothing had been.
 */

const numbers = [Number.NaN, Number.POSITIVE_INFINITY, -1, -(2 ** 40), 0, 0.1, 2 ** 52, 1e300, 4e12];

const strings = [
  '',
  ' ',
  'שרת זיכרון עברי',
  '\u202Egpj.exe\u202C',
  '👩‍👩‍👧‍👦🏳️‍🌈'.repeat(40),
  'n'.repeat(4000),
  'long words '.repeat(400),
  '\u0000\u0007\u001B[31m\u200B\uFEFF\uD800',
  '<img src=x onerror=alert(1)>',
  'Z̷̢̛͎͚͇̺̯͊̐a̷l̴g̵o̸'.repeat(20),
  '__proto__',
];

type Path = readonly (string | number)[];

const replaced = (value: unknown, path: Path, by: unknown): unknown => {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((each, at) => (at === step ? replaced(each, rest, by) : each));
  return Object.fromEntries(
    Object.entries(value as object).map(([key, each]) => [key, key === step ? replaced(each, rest, by) : each]),
  );
};

/** What tells parts apart is no text: another word in its place never reaches the renderer. */
type IsWord = (path: Path) => boolean;

const wordsOf = (schema: ZodMiniType, whole: unknown): IsWord => {
  if (whole !== null) schema.parse(whole);
  return (path) => !schema.safeParse(replaced(whole, path, 'x')).success;
};

/** Outside of the keeper's status it is the app itself that writes them. */
const appWords = /^(kind|state|tier|openAtLogin|removal|update|gpuLimit|page|code)$/;

const snapshotWords = ({ status }: AppSnapshot): IsWord => {
  const inStatus = wordsOf(statusSchema, status);
  return ([first, ...rest]) =>
    first === 'status'
      ? inStatus(rest)
      : appWords.test(String([first, ...rest].findLast((step) => typeof step === 'string')));
};

/** Where in `value` there is a number or a text. */
const leavesOf = (value: unknown, isWord: IsWord, path: Path = []): readonly Path[] => {
  if (typeof value === 'number') return [path];
  if (typeof value === 'string') return isWord(path) ? [] : [path];
  if (Array.isArray(value)) return value.flatMap((each, at) => leavesOf(each, isWord, [...path, at]));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, each]) => leavesOf(each, isWord, [...path, key]));
  return [];
};

interface Spoiling {
  readonly state: (typeof stateNames)[number];
  /** Each chooses a leaf and what takes its place. */
  readonly at: readonly { readonly leaf: number; readonly by: number }[];
}

const spoilings: fc.Arbitrary<Spoiling> = fc.record({
  state: fc.constantFrom(...stateNames),
  at: fc.array(fc.record({ leaf: fc.nat(), by: fc.nat() }), { minLength: 1, maxLength: 12 }),
});

const spoil = <T>(
  value: T,
  isWord: IsWord,
  at: Spoiling['at'],
): { readonly spoilt: T; readonly described: readonly string[] } => {
  const leaves = leavesOf(value, isWord);
  const described: string[] = [];
  let spoilt: unknown = value;
  for (const { leaf, by } of at) {
    const path = leaves[leaf % leaves.length];
    if (path === undefined) continue;
    const was = path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], spoilt);
    const values = typeof was === 'number' ? numbers : strings;
    spoilt = replaced(spoilt, path, values[by % values.length]);
    described.push(`${path.join('.')} = ${JSON.stringify(values[by % values.length])?.slice(0, 40)}`);
  }
  return { spoilt: spoilt as T, described };
};

describe('hostile snapshots', { skip: missing, timeout: 200_000 }, () => {
  let shell: PopoverShell;
  before(async () => {
    shell = await openShell();
  });
  after(async () => {
    await shell?.close();
  });

  const draw = async ({ state, at }: Spoiling, page?: WindowPage): Promise<void> => {
    const nowMs = Date.now();
    const made = states[state](nowMs);
    const { spoilt: snapshot, described } = spoil(made.snapshot, snapshotWords(made.snapshot), at);
    const told = `${page ?? 'popover'}, ${state}: ${described.join('; ')}`;
    if (page === undefined) await shell.draw({ ...made, snapshot });
    else {
      const { processes } = windowStates.eventful(nowMs).answers ?? {};
      const answers = {
        ...stateOf(page, hostileReads(nowMs)).answers,
        processes: spoil(processes, wordsOf(processList, processes), at).spoilt,
      };
      const shown = { ...made, snapshot: { ...snapshot, windowGoal: { nth: 1, page } }, answers };
      await shell.draw(shown, { width: 760, height: 520 });
      // What the page asks for is drawn with the frame after its answer.
      await shell.painted();
    }
    assert.deepEqual(shell.errors(), [], told);
    const text = await shell.probe<string>('wholeText()');
    assert.ok(text.length > 0, `${told}: the page is empty`);
    const odd = /.{0,60}\b(NaN|undefined|Infinity|null|object Object)\b.{0,40}/.exec(text)?.[0];
    assert.equal(odd, undefined, told);
    assert.deepEqual(await shell.probe<readonly string[]>('leavesWindow()'), [], told);
  };

  test('any figure and any text anywhere is drawn, and the next good snapshot after it', async () => {
    await fc.assert(
      fc.asyncProperty(spoilings, (spoiling) => draw(spoiling)),
      { numRuns: 50 },
    );
    await shell.load(states.green(Date.now()));
    await shell.check('green, after all that');
  });

  test('so are they by each page of the window, whatever else the keeper answers it', async () => {
    const drawn = fc.asyncProperty(spoilings, fc.constantFrom(...pageNames), draw);
    await fc.assert(drawn, { numRuns: 20 });
  });
});
