import { size } from '../../protocol/figures.ts';
import type { BandStatus, DoctorCheck, SeatStatus, Status } from '../../protocol/index.ts';

/** What of the seats, their bands and the GPU's limit is not as it should be, each with what to do. */

const GB = 2 ** 30;

/** As castellan.toml takes it, never less than was seen. */
const proposal = (bytes: number): string => `${(Math.ceil((bytes / GB) * 10) / 10).toFixed(1)} GB`;

const ended = (text: string): string => (text === '' || /[.!?]$/.test(text) ? text : `${text}.`);

/** "has failed. It ended with exit 78." */
const because = (head: string, why: string): string => (why === '' ? head : `${head}. ${ended(why)}`);

/** How it comes to run anew: the service of a protected seat is not ours to end. */
const restart = ({ name, class: kind, label }: SeatStatus): string =>
  kind === 'protected'
    ? `restart its service ${label}`
    : `\`castellan release ${name}\`, then \`castellan load ${name}\``;

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const failedTodo = (seat: SeatStatus): string => {
  const look = `Look into its own log, and see \`castellan explain ${seat.name}\`.`;
  if (seat.pids.length > 0) return `${look} What is left of it still runs: ${restart(seat)}.`;
  const load = `\`castellan load ${seat.name}\` tries again`;
  if (seat.class === 'protected') return `${look} Its service is ${seat.label}; ${load}.`;
  return seat.retryInSeconds === null
    ? `${look} No request starts it again: ${load}, once the cause is removed.`
    : `${look} A request tries again by itself; ${load} at once.`;
};

type Found = Omit<DoctorCheck, 'name'>;

/** Also what of its state needs nobody is told nowhere: a seat that is frozen by Castellan is resumed in its time. */
const stateFound = (seat: SeatStatus): readonly Found[] => {
  switch (seat.state) {
    case 'failed':
      return [{ state: 'fail', found: because('has failed', seat.why), todo: failedTodo(seat) }];
    case 'hollow':
      return [
        {
          state: 'fail',
          found: because('runs, and its model is gone from memory', seat.why),
          todo: `${capital(restart(seat))}.`,
        },
      ];
    case 'doomed':
      return [
        {
          state: 'warn',
          found: because('serves, and its next start will not succeed', seat.why),
          todo: 'Install its program again before anything ends it.',
        },
      ];
    case 'frozen':
      return [
        {
          state: 'warn',
          found: because('is stopped and answers nobody', seat.why),
          todo: 'What Castellan froze it resumes by itself, at once with `castellan relief resume --all`; else whoever stopped it has to.',
        },
      ];
    case 'absent':
    case 'admitting':
    case 'starting':
    case 'loading':
    case 'ready':
    case 'busy':
    case 'idle':
    case 'draining':
      return [];
  }
};

const bandFound = (band: BandStatus): readonly Found[] => {
  const detail = band.detail === '' ? '' : `: ${band.detail}`;
  switch (band.state) {
    case 'refused':
      return [
        {
          state: 'warn',
          found: `its band ${band.wanted} is refused${detail}`,
          todo: 'See docs/operations.md, "What needs which right"; it is tried again every ten minutes.',
        },
      ];
    case 'contested':
      return [
        {
          state: 'warn',
          found: `its band ${band.wanted} is left at ${band.found ?? 'what others set'}: they keep changing it${detail}`,
          todo: 'End what else sets bands, or take `band` out of castellan.toml.',
        },
      ];
    case 'held':
    case 'drifted':
    case 'unknown':
      return [];
  }
};

const seatFound = (seat: SeatStatus): readonly Found[] => [
  ...stateFound(seat),
  ...(seat.proposedPeakBytes === null
    ? []
    : [
        {
          state: 'warn' as const,
          found: `has reached ${size(seat.proposedPeakBytes)}, and ${size(seat.peakBytes)} are declared`,
          todo: `Declare peak = "${proposal(seat.proposedPeakBytes)}" in castellan.toml, or have it use less.`,
        },
      ]),
  ...(seat.pendingRestart
    ? [
        {
          state: 'warn' as const,
          found: 'runs with another wired limit than castellan.toml says',
          todo: `Its next start has the right one: ${restart(seat)}.`,
        },
      ]
    : []),
  ...(seat.band === null ? [] : bandFound(seat.band)),
];

const gpuChecks = ({ gpu }: Status): readonly DoctorCheck[] => {
  if (gpu === null || (gpu.state !== 'refused' && gpu.state !== 'contested')) return [];
  const wanted = gpu.wantedBytes === null || gpu.wantedBytes === 0 ? "the system's own" : size(gpu.wantedBytes);
  const detail = gpu.detail === '' ? '' : `: ${gpu.detail}`;
  const isRefused = gpu.state === 'refused';
  return [
    {
      name: 'gpu',
      state: 'warn',
      found: `its wired limit ${wanted} ${isRefused ? 'is refused' : 'is left to others, who keep changing it'}${detail}`,
      todo: isRefused
        ? 'See docs/operations.md, "What needs which right"; it is tried again every ten minutes.'
        : 'End what else sets it, or take `gpu.wired_limit` out of castellan.toml.',
    },
  ];
};

/** One check for each thing that is wrong; one for all seats when nothing is. */
export const seatChecks = (status: Status): readonly DoctorCheck[] => {
  const { seats } = status;
  const wrong = seats.flatMap((seat) => seatFound(seat).map((found) => ({ name: `seat ${seat.name}`, ...found })));
  const count = seats.length === 1 ? 'one seat, and nothing' : `${seats.length} seats, and nothing`;
  const allWell: readonly DoctorCheck[] =
    seats.length === 0 || wrong.length > 0
      ? []
      : [
          {
            name: 'seats',
            state: 'ok',
            found: `${count} is wrong with ${seats.length === 1 ? 'it' : 'them'}`,
            todo: '',
          },
        ];
  return [...wrong, ...allWell, ...gpuChecks(status)];
};
