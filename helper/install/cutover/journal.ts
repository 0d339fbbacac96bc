import * as z from 'zod/mini';
import type { CutoverPlan } from './plan.ts';
import type { RootFiles } from './ports.ts';

/**
 * What a cutover means to do, written down before it does it, in a folder of root's: a machine that loses power in the middle,
 * or a process that is killed, leaves everything behind that `castellan rollback` needs. One JSON object a line. The backups lie
 * in a home, where its owner can change them; what root acts upon may not.
 */

const name = z.string().check(z.regex(/^[^/\0]{1,200}$/));
const label = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/));
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const address = z.string().check(z.maxLength(64));
const path = z.string().check(z.startsWith('/'), z.maxLength(1_024));
const file = z.strictObject({ name, sha256, mode: z.int() });

const step = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('back_up'), files: z.array(file) }),
  z.strictObject({ kind: z.literal('hold'), labels: z.array(label) }),
  z.strictObject({
    kind: z.literal('observe'),
    labels: z.array(label),
    old: z.array(label),
    isInstalled: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('boot_out'), label, name, isRunning: z.boolean() }),
  z.strictObject({ kind: z.literal('retire'), file, retired: name }),
  z.strictObject({ kind: z.literal('free_port'), address }),
  z.strictObject({ kind: z.literal('own_port'), address, labels: z.array(label) }),
  z.strictObject({
    kind: z.literal('go_live'),
    path,
    before: z.nullable(z.string()),
    after: z.string(),
    diff: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('look_again'), labels: z.array(label) }),
  z.strictObject({ kind: z.literal('start'), label, plist: path }),
  z.strictObject({ kind: z.literal('confirm'), labels: z.array(label), address }),
]);

const plan = z.strictObject({
  stamp: z.string().check(z.regex(/^\d{8}-\d{6}$/)),
  account: z.strictObject({ uid: z.int(), gid: z.int(), home: path }),
  backup: name,
  retired: z.array(label),
  ours: z.array(label),
  steps: z.array(step),
});

const index = z.int().check(z.nonnegative());
const row = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('plan'), version: z.literal(1), plan }),
  /** Written before a step is carried out, so that no step is without it. */
  z.strictObject({ kind: z.literal('intent'), step: index }),
  z.strictObject({ kind: z.literal('done'), step: index }),
  z.strictObject({ kind: z.literal('undone'), step: index }),
  /** `complete`: all steps are done. `undone`: all that were begun are undone. */
  z.strictObject({ kind: z.literal('end'), outcome: z.enum(['complete', 'undone']) }),
]);

export type JournalRow =
  | { readonly kind: 'plan'; readonly version: 1; readonly plan: CutoverPlan }
  | { readonly kind: 'intent' | 'done' | 'undone'; readonly step: number }
  | { readonly kind: 'end'; readonly outcome: 'complete' | 'undone' };

export interface Journalled {
  readonly plan: CutoverPlan;
  /** Steps that were meant to be carried out, by their place in the plan. */
  readonly begun: ReadonlySet<number>;
  /** `open`: it was interrupted, or its undoing was. */
  readonly state: 'open' | 'complete' | 'undone';
}

export const write = (files: RootFiles, stamp: string, entry: JournalRow): void =>
  files.addToJournal(stamp, JSON.stringify(entry));

const parseRow = (line: string): JournalRow | null => {
  try {
    const read = row.safeParse(JSON.parse(line));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
};

/**
 * A line that cannot be read is one whose writing failed, on a full disk or by a loss of power: what it was about was not begun.
 * Null: nothing was begun, because not even the plan was written down whole. Throws when it is the plan that is damaged.
 */
export const read = (files: RootFiles, stamp: string): Journalled | null => {
  const rows = files
    .readJournal(stamp)
    .map(parseRow)
    .filter((each) => each !== null);
  const begun = new Set(rows.flatMap((each) => (each.kind === 'intent' ? [each.step] : [])));
  const plan = rows.find((each) => each.kind === 'plan')?.plan;
  if (plan === undefined) {
    if (begun.size > 0) throw new Error(`the plan of the cutover of ${stamp} cannot be read`);
    return null;
  }
  const last = rows.at(-1);
  return { plan, begun, state: last?.kind === 'end' ? last.outcome : 'open' };
};

/** The cutover that stands, or stands half way: the latest that is not undone. Null: there is none. */
export const latest = (files: RootFiles): Journalled | null => {
  for (const stamp of files.journals().toReversed()) {
    const found = read(files, stamp);
    if (found !== null && found.state !== 'undone') return found;
  }
  return null;
};
