import type { Answer } from '../../protocol/session.ts';
import type { Status } from '../../protocol/status.ts';
import type { ProcessList } from '../../protocol/verbs.ts';
import { withClient } from '../ask.ts';
import {
  type Command,
  exit,
  exitCodes,
  failed,
  flag,
  type Io,
  jsonOption,
  type Outcome,
  type Parsed,
  runDirOption,
  text,
  usage,
} from '../command.ts';
import { paint } from '../lines.ts';
import { type Place, placeOf } from '../place.ts';
import { printableJson } from '../printable.ts';
import { statusOutput } from '../status/output.ts';
import { inPlace, jsonLines, oneBelowAnother, rowsOf } from '../status/screens.ts';
import { statusLines } from '../status/view.ts';
import { type Screen, watch } from '../status/watch.ts';

const maxSeconds = 7 * 24 * 3600;

/** Null: never. */
const secondsOf = (parsed: Parsed): { readonly seconds: number | null } | string => {
  const given = text(parsed, 'seconds');
  if (given === null) return { seconds: null };
  const seconds = Number(given);
  if (!flag(parsed, 'watch')) return '--seconds goes with --watch';
  if (!/^\d+(\.\d+)?$/.test(given) || seconds <= 0 || seconds > maxSeconds)
    return `--seconds takes a number above 0 and up to ${maxSeconds}, not "${given}"`;
  return { seconds };
};

const screenOf = (parsed: Parsed, { out, err }: Io): Screen => {
  if (flag(parsed, 'json')) return jsonLines(out, err);
  return out.isTty ? inPlace(out) : oneBelowAnother(out, () => performance.now());
};

interface Fetched {
  readonly status: Status;
  readonly list: ProcessList | null;
}

const fetch = (place: Place, list: { readonly all: boolean } | null): Promise<Answer<Fetched>> =>
  withClient<Fetched>(place, async (client) => {
    const [status, processes] = await Promise.all([
      client.request('read.status', {}),
      list === null ? null : client.request('read.processes', list),
    ]);
    if (!status.ok) return status;
    if (processes === null) return { ok: true, result: { status: status.result, list: null } };
    return processes.ok ? { ok: true, result: { status: status.result, list: processes.result } } : processes;
  });

/** Of a table too long for one message the keeper leaves out the smallest; that is never kept silent. */
const sayOmitted = (list: ProcessList | null, { err }: Io): void => {
  const count = list?.omitted ?? 0;
  if (count > 0)
    err.write(`${count} smaller process${count === 1 ? ' is' : 'es are'} not listed: too many for one answer.\n`);
};

const printTable = async (place: Place, all: boolean, io: Io): Promise<Outcome> => {
  const answer = await fetch(place, all ? { all } : null);
  if (!answer.ok) return failed(answer.failure);
  const { status, list } = answer.result;
  const { out } = io;
  // A pipe gets whole lines, a terminal what fits its width.
  const columns = out.isTty ? out.size().columns : undefined;
  for (const line of statusLines(status, rowsOf(status, list))) out.write(`${paint(line, out.colours, columns)}\n`);
  sayOmitted(list, io);
  return exit(exitCodes.ok);
};

const printJson = async (place: Place, all: boolean, io: Io): Promise<Outcome> => {
  const answer = await fetch(place, { all });
  if (!answer.ok) return failed(answer.failure);
  const { status, list } = answer.result;
  io.out.write(`${printableJson(statusOutput(status, rowsOf(status, list)), 2)}\n`);
  sayOmitted(list, io);
  return exit(exitCodes.ok);
};

export const statusCommand: Command = {
  name: 'status',
  summary: 'memory, level, forecast and the largest processes',
  options: {
    watch: { type: 'boolean', help: 'follow: drawn in place on a terminal, else tables with lines between' },
    seconds: { type: 'string', value: 'N', help: 'with --watch: end N seconds after the first reading' },
    all: { type: 'boolean', help: 'every process, not only the largest (JSON: not only those of 50 MB and more)' },
    json: jsonOption,
    'run-dir': runDirOption,
  },
  notes: [
    'The footprint is what the kernel charges to a process; RSS is shown beside it and decides nothing.',
    'Not on a terminal, --watch prints the table at first, when the level or what waits or is frozen changes, and every',
    '60 s; a line every 10 s.',
    '`castellan schema status` prints the JSON schema of --json; with --watch it is one document a line.',
  ],
  run: async (parsed, io) => {
    const seconds = secondsOf(parsed);
    if (typeof seconds === 'string') return usage(seconds);
    const place = placeOf(parsed, io);
    const all = flag(parsed, 'all');
    const json = flag(parsed, 'json');
    if (!flag(parsed, 'watch')) return json ? printJson(place, all, io) : printTable(place, all, io);
    if (all) return usage('--all does not go with --watch');
    return watch({
      place,
      io,
      screen: screenOf(parsed, io),
      seconds: seconds.seconds,
      topics: json ? ['status', 'processes'] : ['status'],
    });
  },
};
