import * as z from 'zod/mini';
import { cleanText } from '../../host/text.ts';
import { folderBelow, HomeProblem, readTailIn } from './home-files.ts';

/**
 * What the old pressure valve left of its past: a heartbeat in JSON, and a log. Both are read as they are found, by any chance
 * damaged, half written or of another version, and nothing in them is believed further than to be shown. They stay in place.
 * What comes of it is a summary of a few kilobytes, kept beside the backups: it is history, and decides nothing.
 */

const stateFolder = ['.openclaw', 'state'] as const;
const stateFile = 'sanctum-pressure-valve.json';
const logFolder = ['.openclaw', 'logs'] as const;
const logFile = 'sanctum-pressure-valve.log';
/** What launchd kept of its standard error output. */
const errorFile = 'sanctum-pressure-valve.err';

/** The log is looked at from its end; a row of it has about a hundred bytes. */
const mostLogBytes = 2 ** 20;
const mostStateBytes = 2 ** 16;
const mostActions = 20;
const mostWords = 200;

const text = z.string().check(z.maxLength(mostWords));
const count = z.int().check(z.nonnegative());

export const valveHistorySchema = z.strictObject({
  /** Null: there is none, or none that can be read. */
  state: z.nullable(
    z.strictObject({
      level: z.nullable(text),
      lastAction: z.nullable(text),
      version: z.nullable(text),
      pid: z.nullable(z.number()),
    }),
  ),
  log: z.nullable(
    z.strictObject({
      bytes: count,
      /** Only its end was looked at. */
      isCut: z.boolean(),
      /** Rows that tell of an act, by its verb. */
      acts: z.record(text, count),
      /** Of these, acts that were only planned, in a dry run of the valve. */
      dryRuns: count,
      /** The latest, newest last, as they stand in the log. */
      latest: z.array(text).check(z.maxLength(mostActions)),
    }),
  ),
  errors: z.nullable(
    z.strictObject({
      bytes: count,
      /** The last rows that are not empty, newest last. */
      latest: z.array(text).check(z.maxLength(mostActions)),
    }),
  ),
  /** What could not be read, in words. */
  notes: z.array(text).check(z.maxLength(8)),
});
export type ValveHistory = z.infer<typeof valveHistorySchema>;

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8').decode(bytes);

const wordOf = (value: unknown): string | null => {
  if (typeof value === 'string') return cleanText(value, mostWords);
  if (value === null || value === undefined) return null;
  return cleanText(JSON.stringify(value) ?? '', mostWords);
};

/** Null: it is no JSON object. Keys that are missing, or of another kind than in the versions known, are left out or shown as they are. */
export const valveState = (json: string): ValveHistory['state'] => {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return null;
  const found = new Map<string, unknown>(Object.entries(read));
  const pid = found.get('pid');
  return {
    level: wordOf(found.get('machine_level')),
    lastAction: wordOf(found.get('last_action')),
    version: wordOf(found.get('version')),
    pid: typeof pid === 'number' && Number.isFinite(pid) ? pid : null,
  };
};

/** `02:35:27 valved: executing action=SIGSTOP /Users/neo/.lms (pid 23424, rss 9630 MB)`, and with a date before it. */
const act = /\baction=([A-Za-z][A-Za-z_]{0,39})\b/;
const dryRun = /\bdry_run=true\b/;
/** Kinds of acts that are told apart; the valve had five. */
const mostKinds = 16;

export const valveLog = (log: string): Pick<NonNullable<ValveHistory['log']>, 'acts' | 'dryRuns' | 'latest'> => {
  const acts = new Map<string, number>();
  let dryRuns = 0;
  let latest: readonly string[] = [];
  for (const line of log.split('\n')) {
    const [, verb] = act.exec(line) ?? [];
    if (verb === undefined) continue;
    const kind = acts.has(verb) || acts.size < mostKinds ? verb : 'others';
    acts.set(kind, (acts.get(kind) ?? 0) + 1);
    if (dryRun.test(line)) dryRuns += 1;
    latest = [...latest, cleanText(line.trim(), mostWords)].slice(-mostActions);
  }
  return { acts: Object.fromEntries(acts), dryRuns, latest: [...latest] };
};

const lastRows = (rows: string): string[] =>
  rows
    .split('\n')
    .filter((row) => row.trim() !== '')
    .slice(-mostActions)
    .map((row) => cleanText(row.trim(), mostWords));

/** With the rights of whose home it is. Never throws. */
export const readValveHistory = (home: string): ValveHistory => {
  const notes: string[] = [];
  const tail = (folder: readonly string[], name: string, most: number): ReturnType<typeof readTailIn> => {
    try {
      return readTailIn(folderBelow(home, folder), name, most);
    } catch (fault) {
      // A folder that is not there is no news: not everybody had a valve.
      const words = fault instanceof Error ? fault.message : String(fault);
      if (!(fault instanceof HomeProblem && words.endsWith('does not exist')))
        notes.push(cleanText(`${name}: ${words}`, mostWords));
      return null;
    }
  };
  const state = tail(stateFolder, stateFile, mostStateBytes);
  const log = tail(logFolder, logFile, mostLogBytes);
  const errors = tail(logFolder, errorFile, mostStateBytes);
  const found = state === null ? null : valveState(decode(state.bytes));
  if (state !== null && found === null) notes.push(`${stateFile} (${state.size} bytes) is not a JSON object`);
  return {
    state: found,
    errors: errors === null ? null : { bytes: errors.size, latest: lastRows(decode(errors.bytes)) },
    log: log === null ? null : { bytes: log.size, isCut: log.size > log.bytes.length, ...valveLog(decode(log.bytes)) },
    notes,
  };
};

const counted = (acts: Readonly<Record<string, number>>): string =>
  Object.entries(acts)
    .map(([verb, times]) => `${times} × ${verb}`)
    .join(', ');

/** In a sentence; null: nothing was found. */
export const historyText = ({ state, log, errors }: ValveHistory): string | null => {
  const said = [
    ...(state === null ? [] : [`last level ${state.level ?? 'not told'}, last act ${state.lastAction ?? 'none told'}`]),
    ...(log === null
      ? []
      : [
          Object.keys(log.acts).length === 0
            ? 'no acts in its log'
            : `${counted(log.acts)} in ${log.isCut ? 'the end of ' : ''}its log, ${log.dryRuns} of them in dry run`,
        ]),
    ...(errors === null || errors.latest.length === 0 ? [] : [`last error "${errors.latest.at(-1)}"`]),
  ];
  return said.length === 0 ? null : `The old valve: ${said.join('; ')}.`;
};
