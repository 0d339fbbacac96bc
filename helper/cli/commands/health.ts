import { failure } from '../../protocol/errors.ts';
import type { ChannelStatus, Verdict } from '../../protocol/health.ts';
import type { SeatStatus } from '../../protocol/seats.ts';
import { ask } from '../ask.ts';
import { type Command, exitCodes, failed, jsonOption, runDirOption } from '../command.ts';
import { countdown } from '../figures.ts';
import { channelNames } from '../log/digest-sentence.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';
import { tell } from '../relief/print.ts';
import { columns } from '../seats/columns.ts';
import { findSeat } from '../seats/named.ts';
import type { HealthRow } from '../seats/output.ts';

/** The keeper looks at all there is to know in a status; here is what concerns health. */
const rowOf = ({ name, state, health }: SeatStatus): HealthRow => ({ name, state, health });

/** Nothing that needs the operator. A seat that does not run, or of which nothing is asked, is no finding. */
const wellKept: ReadonlySet<Verdict | null> = new Set([null, 'healthy', 'busy']);
/** One that does not run, and whose next start will fail, is a finding, too. */
const isWell = ({ health }: HealthRow): boolean =>
  wellKept.has(health?.verdict ?? null) && health?.channels.some(({ state }) => state === 'fail') !== true;

/** What should be seen at once; that a Developer ID answers for it is the rule. */
const signer = (last: ChannelStatus['last']): string => (last?.signed === 'ad_hoc' ? ', signed ad hoc' : '');

const standing = ({ state, strikes, limit, waits, okAgoSeconds, last }: ChannelStatus): string => {
  if (state === 'off') return '-';
  if (state === 'fail') return `fails, ${strikes} of ${limit}`;
  if (waits === 'busy') return 'waits: busy';
  if (state === 'unknown') return 'not asked yet';
  const ok = okAgoSeconds === null ? 'never' : `ok ${countdown(okAgoSeconds)} ago`;
  return strikes === 0 ? `${ok}${signer(last)}` : `${ok}, ${strikes} of ${limit}`;
};

const cells = ({ name, state, health }: HealthRow): readonly string[] => [
  name,
  health?.verdict ?? (health === null ? 'not checked' : 'unknown'),
  state,
  ...(health?.channels.map(standing) ?? ['-', '-', '-']),
];

/** What is not well, in whole sentences: the verdict, then what each failing channel was told last. */
const troubleOf = ({ name, health }: HealthRow): readonly string[] =>
  health === null
    ? []
    : [
        `${name}: ${health.said}`,
        ...health.channels.flatMap(({ channel, last }) =>
          last === null || last.ok
            ? []
            : [`  ${channelNames[channel]}: ${last.detail} (${last.code}, ${countdown(last.agoSeconds)} ago)`],
        ),
      ];

/** What is well and yet worth a sentence. */
const notesOf = ({ name, health }: HealthRow): readonly string[] =>
  (health?.channels ?? []).flatMap(({ channel, state, last }) =>
    state === 'pass' && last?.signed === 'ad_hoc' ? [`${name}, ${channelNames[channel]}: ${last.detail}`] : [],
  );

const hasSaid = ({ health }: HealthRow): boolean =>
  health !== null && (health.verdict !== 'healthy' || health.channels.some(({ last }) => last?.ok === false));

const lines = (rows: readonly HealthRow[]): readonly string[] =>
  rows.length === 0
    ? ['There are no seats: castellan.toml declares none.']
    : [
        ...columns(
          [['NAME', 'VERDICT', 'STATE', 'LIST', 'CHAT', 'FILES'], ...rows.map(cells)].map((row) => row.map(printable)),
        ),
        ...rows.filter(hasSaid).flatMap(troubleOf),
        ...rows.flatMap(notesOf),
        ...(rows.every(({ health }) => health === null)
          ? ['Nothing is asked of them: a table [seat.health] in castellan.toml says what.']
          : []),
      ];

export const healthCommand: Command = {
  name: 'health',
  summary: 'whether seats do their work: a verdict out of three channels, each with its last word',
  takes: '[SEAT]',
  positionals: { min: 0, max: 1 },
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'LIST: its list of models answers, each minute. CHAT: it answers a chat of one word, every ten minutes; while it is at work twenty more.',
    'FILES: what its next start needs is there and whole, every five minutes. A channel fails after 3, 2 and 1 failures in a row.',
    'Exit 1: a seat is not well.',
  ],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'read.status', {});
    if (!answer.ok) return failed(answer.failure);
    const { seats } = answer.result;
    const [wanted] = parsed.positionals;
    const one = wanted === undefined ? undefined : findSeat(seats, wanted);
    if (wanted !== undefined && one === undefined) return failed(failure('unknown_seat', wanted));
    const rows = (one === undefined ? seats : [one]).map(rowOf);
    return tell(parsed, io, { seats: rows }, lines(rows), rows.every(isWell) ? exitCodes.ok : exitCodes.findings);
  },
};
