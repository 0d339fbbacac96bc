import { type Failure, failureText } from '../../protocol/errors.ts';
import type { LogRow } from '../../protocol/relief.ts';
import type { Answer } from '../../protocol/session.ts';
import { logStart } from '../../protocol/values.ts';
import {
  type Command,
  exit,
  exitCodes,
  failed,
  flag,
  type Io,
  jsonOption,
  type Outcome,
  runDirOption,
  text,
  texts,
  usage,
} from '../command.ts';
import { rowsFollowed, type Teller } from '../log/follow.ts';
import { knownKinds } from '../log/rows.ts';
import { lineOf } from '../log/sentence.ts';
import { createLogSource, type LogPage, type LogSource } from '../log/source.ts';
import { type Wanted, wantedOf } from '../log/wanted.ts';
import { type Place, placeOf } from '../place.ts';
import { printable, printableJson } from '../printable.ts';

/** As many as one answer may have. */
const pageRows = 500;

/** Prints rows, and says what is wrong with them once. */
const createTeller = ({ out, err }: Io, json: boolean): Teller & { readonly told: () => number } => {
  let told = 0;
  return {
    told: () => told,
    rows: (rows) => {
      told += rows.length;
      for (const row of rows) out.write(`${json ? printableJson(row, 0) : lineOf(row)}\n`);
    },
    say: (sentence) => err.write(`${printable(sentence)}\n`),
  };
};

/** The rows that are there now. Gives the cursor behind them. */
const tellPresent = async (source: LogSource, wanted: Wanted, teller: Teller): Promise<Answer<string>> => {
  const { limit } = wanted;
  const filter = filterOf(wanted);
  if (limit !== null && limit <= pageRows) {
    const page = await source.page({ ...filter, limit });
    if (!page.ok) return page;
    teller.rows(page.result.rows);
    sayOdd(page.result, teller);
    return { ok: true, result: page.result.cursor };
  }
  // From the oldest on: all are wanted, or more of the last than one answer has.
  let kept: LogRow[] = [];
  for (let cursor = logStart; ; ) {
    const page = await source.page({ ...filter, after: cursor, limit: pageRows });
    if (!page.ok) return page;
    const { rows } = page.result;
    sayOdd(page.result, teller);
    if (limit === null) teller.rows(rows);
    else kept = [...kept, ...rows].slice(-limit);
    if (rows.length === 0 && page.result.cursor === cursor) {
      teller.rows(kept);
      return { ok: true, result: cursor };
    }
    cursor = page.result.cursor;
  }
};

const filterOf = ({ kinds, sinceMs }: Wanted): { readonly kinds?: string[]; readonly sinceMs?: number } => ({
  ...(kinds.length === 0 ? {} : { kinds: [...kinds] }),
  ...(sinceMs === null ? {} : { sinceMs }),
});

const sayOdd = ({ skipped = 0 }: LogPage, teller: Teller): void => {
  if (skipped > 0)
    teller.say(
      `${skipped} line${skipped === 1 ? ' is' : 's are'} damaged and ${skipped === 1 ? 'was' : 'were'} passed over.`,
    );
};

const sayFiles = (source: LogSource, place: Place, teller: Teller): void => {
  if (source.isFiles()) teller.say(`No keeper answers; these rows are from its files below ${place.runDirectory}.`);
};

const show = async (
  io: Io,
  place: Place,
  wanted: Wanted,
  teller: ReturnType<typeof createTeller>,
  follow: boolean,
): Promise<Outcome> => {
  const source = createLogSource(place, io.uid);
  try {
    const present = await tellPresent(source, wanted, teller);
    if (!present.ok) return failed(present.failure);
    sayFiles(source, place, teller);
    if (!follow && teller.told() === 0) teller.say('No such rows.');
    if (!follow) return exit(exitCodes.ok);
    const why: Failure | null = await rowsFollowed({
      io,
      source,
      teller,
      kinds: wanted.kinds,
      cursor: present.result,
      troubleText: failureText,
    });
    return why === null ? exit(exitCodes.ok) : failed(why);
  } finally {
    source.close();
  }
};

export const logCommand: Command = {
  name: 'log',
  summary: 'what Castellan did and was asked to do',
  options: {
    kind: {
      type: 'string',
      multiple: true,
      value: 'KIND',
      help: 'only rows of this kind, or of several: plan,receipt',
    },
    since: { type: 'string', value: 'WHEN', help: 'rows since then: 90s, 30m, 2h, 1d ago, or 2026-11-22T14:00' },
    limit: { type: 'string', value: 'N', help: 'the last N rows (100; all with --since)' },
    follow: { type: 'boolean', help: 'go on with what comes, until Ctrl-C' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    `Kinds are: ${knownKinds.join(', ')}.`,
    'Digests, what is known of each seat every hour, are shown only when they are asked for: --kind digest.',
    'With --json one row a line, as it was written. Without a keeper its files are read, by who may read them.',
  ],
  run: async (parsed, io) => {
    const follow = flag(parsed, 'follow');
    const options = {
      kinds: texts(parsed, 'kind'),
      since: text(parsed, 'since'),
      limit: text(parsed, 'limit'),
      follow,
    };
    const wanted = wantedOf(options, Date.now());
    if (typeof wanted === 'string') return usage(wanted);
    const teller = createTeller(io, flag(parsed, 'json'));
    return show(io, placeOf(parsed, io), wanted, teller, follow);
  },
};
