import type { RunbookPage } from '../protocol/advice.ts';
import { size } from '../protocol/figures.ts';
import type { Status } from '../protocol/status.ts';

/**
 * What to do while memory stays short, written beforehand: for when nobody can be asked. A pure function of what the keeper shows.
 * Each step names a command, or a thing to look at; none of them is carried out by anybody but who reads it.
 */

export type Shown = Omit<Status, 'advice'>;

interface Page {
  readonly holds: (status: Shown) => boolean;
  readonly tell: (status: Shown) => RunbookPage;
}

/** Pages that are shown at most: a person under pressure reads no more. */
const mostPages = 3;
const fullSwap = 0.85;
const mostCompressed = 0.5;

const swapShare = ({ machine: { swap } }: Shown): number =>
  swap === null || swap.totalBytes <= 0 ? 0 : swap.usedBytes / swap.totalBytes;

const victimOf = ({ forecast }: Shown) => (forecast.kind === 'evaluated' ? forecast.nextVictim : null);
const foreign = ({ top }: Shown) => top.find(({ seat, own }) => seat === null && !own) ?? null;
const sick = ({ seats }: Shown) =>
  seats.filter(({ health }) => health?.verdict === 'zombie' || health?.verdict === 'hollow');
const overgrown = ({ seats }: Shown) => seats.filter(({ footprintBytes, peakBytes }) => footprintBytes > peakBytes);
const idleSeats = ({ seats }: Shown) =>
  seats.filter((seat) => seat.class === 'on_call' && seat.footprintBytes > 0 && seat.inFlight === 0);

const names = (all: readonly { readonly name: string }[]): string => all.map(({ name }) => name).join(', ');

/** In the order in which they are shown: what a person can settle at once, then what explains the rest. */
const pages: readonly Page[] = [
  {
    holds: ({ mode }) => mode.name === 'observe_only',
    tell: ({ mode }) => ({
      title: 'Castellan only observes, so nothing is done for you.',
      steps: [
        ...mode.reasons.slice(0, 2),
        '`castellan doctor` says what is wrong and what to do about it.',
        'Until then it is up to you: `castellan status --all` lists who holds the memory.',
      ],
    }),
  },
  {
    holds: ({ relief, mode }) => mode.name === 'live' && relief.pending.some(({ dryRun }) => !dryRun),
    tell: ({ relief }) => ({
      title: `Castellan waits for your answer: ${relief.pending[0]?.title ?? ''}`.trim(),
      steps: [
        '`castellan pending` shows what it asks, what it expects and what would be lost.',
        '`castellan approve` or `castellan deny` answers; so does the card in the menu bar.',
      ],
    }),
  },
  {
    holds: (status) => swapShare(status) >= fullSwap,
    tell: (status) => ({
      title: `Swap is ${Math.round(swapShare(status) * 100)} % full: when it is used up, the kernel ends whom it chooses.`,
      steps: [
        victimOf(status) === null
          ? '`castellan status` shows whom the kernel would end next, as soon as that is known.'
          : `The kernel would end ${victimOf(status)?.name} next: end it yourself, in order, if that is better than losing its work.`,
        'Look at the disk: swap files need room there, and `df -h /` says how much is left.',
        'Ending or unloading something gives swap back; freezing does not.',
      ],
    }),
  },
  {
    holds: (status) => (victimOf(status)?.share ?? 0) > mostCompressed && swapShare(status) < fullSwap,
    tell: (status) => ({
      title: `${victimOf(status)?.name} holds more than half of all compressed memory: the kernel ends it first when memory runs out.`,
      steps: [
        'If its work matters, save it and end it in order while you can choose.',
        '`castellan explain` says why Castellan leaves it alone.',
      ],
    }),
  },
  {
    holds: ({ relief }) => relief.wiredLeak !== null,
    tell: ({ relief }) => ({
      title: `${size(relief.wiredLeak?.bytes ?? 0)} of wired memory did not come back after ${relief.wiredLeak?.seat} ended.`,
      steps: [
        'Only a restart of the machine is known to bring it back: plan one.',
        '`castellan fits SEAT` shows what still fits without it; `castellan relief clear-leak` if you know where it went.',
      ],
    }),
  },
  {
    holds: (status) => sick(status).length > 0,
    tell: (status) => ({
      title: `${names(sick(status))} holds memory and does no work.`,
      steps: [
        '`castellan health` says which of its channels fails, and since when.',
        'Read the end of its own log before it is started again: a start that fails leaves you with nothing.',
      ],
    }),
  },
  {
    holds: ({ relief }) => relief.suppressed.length > 0,
    tell: ({ relief }) => ({
      title: `What was tried did not help: ${relief.suppressed
        .slice(0, 3)
        .map(({ target }) => target)
        .join(', ')} ${relief.suppressed.length === 1 ? 'is' : 'are'} left alone.`,
      steps: [
        '`castellan log` shows what each act expected and what it got.',
        'A service that comes back by itself is kept up by its property list (KeepAlive): stop it there.',
        relief.suppressed[0]?.wouldHelp ?? '',
      ].filter((step) => step !== ''),
    }),
  },
  {
    holds: ({ relief }) => relief.envelope !== null,
    tell: ({ relief }) => ({
      title: `The declared peaks are ${size(relief.envelope?.overBytes ?? 0)} more than the machine has: this comes back.`,
      steps: [
        'Lower a peak that is set too high, or make a protected seat on_call: `sudo castellan config edit`.',
        'A smaller context or quantisation of the largest model lowers what it really needs.',
      ],
    }),
  },
  {
    holds: (status) => overgrown(status).length > 0,
    tell: (status) => ({
      title: `${names(overgrown(status))} holds more than its declared peak, so the sum no longer holds.`,
      steps: [
        '`castellan explain SEAT` shows its footprint against its peak.',
        'Raise its peak to what it needs (`sudo castellan config edit`), or give it less context.',
      ],
    }),
  },
  {
    holds: (status) => idleSeats(status).length > 0,
    tell: (status) => ({
      title: `${names(idleSeats(status))} is loaded and answers nobody now.`,
      steps: [
        '`castellan release SEAT` unloads it; who asks for it next loads it again.',
        '`castellan services` shows how long each is idle already.',
      ],
    }),
  },
  {
    holds: ({ mode }) => mode.name === 'dry_run',
    tell: () => ({
      title: 'Relief is a dry run: Castellan only says what it would do.',
      steps: [
        '`castellan explain` shows what it would choose now.',
        '`castellan relief` shows whether it can go live; `castellan relief live` does it.',
      ],
    }),
  },
  {
    holds: (status) => foreign(status) !== null,
    tell: (status) => {
      const row = foreign(status);
      const impact = status.relief.pending.find(({ target }) => target.pid === row?.pid)?.impact ?? [];
      return {
        title: `The largest that is no seat is ${row?.name} (pid ${row?.pid}) with ${size(row?.footprintBytes ?? 0)}.`,
        steps: [
          ...impact.map((each) => `Before you close it: it ${each}.`),
          'Close it, or what it has open, if you can do without it now.',
          '`castellan match` shows whether an entry of castellan.toml covers it; without one it is never touched.',
        ],
      };
    },
  },
  {
    holds: () => true,
    tell: () => ({
      title: 'No single cause stands out.',
      steps: [
        '`castellan status --all` lists who holds the memory; `castellan explain` says what was passed over and why.',
        'Restart what grows without end; if nothing does, plan a restart of the machine.',
      ],
    }),
  },
];

export const runbookOf = (status: Shown): RunbookPage[] => {
  const fitting = pages.filter(({ holds }) => holds(status));
  return fitting.slice(0, Math.min(mostPages, Math.max(1, fitting.length - 1))).map(({ tell }) => {
    const { title, steps } = tell(status);
    return { title, steps: [...new Set(steps)] };
  });
};
