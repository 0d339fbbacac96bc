import type { WindowPage } from '../../app/ipc/contract.ts';
import type { PopoverState } from '../e2e/popover-fixtures.ts';
import { adviceStates } from '../e2e/popover-states-advice.ts';
import { containerStates } from '../e2e/popover-states-containers.ts';
import { healthStates } from '../e2e/popover-states-health.ts';
import { states } from '../e2e/popover-states-list.ts';
import { registrationStates } from '../e2e/popover-states-registration.ts';
import { reliefStates } from '../e2e/popover-states-relief.ts';
import { seatStates } from '../e2e/popover-states-seats.ts';
import { pageStates } from '../e2e/window-pages-fixtures.ts';
import { windowStates } from '../e2e/window-states-list.ts';

/**
 * Every state of popover and window there is a fixture for: what the gallery shows, and what is photographed and checked.
 * A state added to one of the fixtures' own lists is here by that alone.
 */

export type GalleryGroup =
  | 'Popover'
  | 'Registration'
  | 'Relief'
  | 'Seats'
  | 'Containers'
  | 'Advice'
  | 'Health'
  | 'Window';

export interface GalleryState {
  /** Unique; its pictures are named after it. */
  readonly name: string;
  readonly group: GalleryGroup;
  readonly kind: 'popover' | 'window';
  /** What the fixtures call it, where that is not its name. */
  readonly fixture?: string;
  /** `nowMs` is the wall time the page will see. */
  readonly make: (nowMs: number) => PopoverState;
  /** Pressed once the state is loaded: it opens what the state is about. */
  readonly press?: string;
  /** Is there as soon as the state is drawn. */
  readonly drawn?: string;
  /** Axe takes seconds over hundreds of rows, and finds in each what it finds in one. */
  readonly isVast?: true;
}

type States = Readonly<Record<string, (nowMs: number) => PopoverState>>;

const popoverGroups: Readonly<Partial<Record<GalleryGroup, States>>> = {
  Registration: registrationStates,
  Relief: reliefStates,
  Seats: seatStates,
  Containers: containerStates,
  Advice: adviceStates,
};

const groupOf = (name: string): GalleryGroup =>
  (Object.keys(popoverGroups) as GalleryGroup[]).find((group) => Object.hasOwn(popoverGroups[group] ?? {}, name)) ??
  'Popover';

const popover = Object.entries<States[string]>(states)
  .map(([name, make]): GalleryState => ({ name, group: groupOf(name), kind: 'popover', make }))
  // Those of a group beside one another.
  .sort((a, b) => Number(a.group !== 'Popover') - Number(b.group !== 'Popover'));

const health = Object.entries<States[string]>(healthStates).map(
  ([name, make]): GalleryState => ({
    ...{ name, group: 'Health', kind: 'popover', make },
    press: '[data-testid=health]',
    drawn: '[data-testid=health-sheet]',
    ...(name === 'health-many' && { isVast: true }),
  }),
);

const onPage =
  (page: WindowPage, make: States[string]): States[string] =>
  (nowMs) => {
    const state = make(nowMs);
    return { ...state, snapshot: { ...state.snapshot, windowGoal: { nth: 1, page } } };
  };

const figures = { overview: '[data-testid=event-mark]', seats: '[data-testid=timeline-row]', processes: '[data-name]' };
/** An eventful hour, and the longest names, on each page that draws what the popover is told too. */
const drawnFromSnapshot = (['overview', 'seats', 'processes'] as const).flatMap((page): readonly GalleryState[] => [
  {
    ...{ name: `window-${page}`, group: 'Window', kind: 'window', drawn: figures[page] },
    fixture: 'eventful',
    make: onPage(page, windowStates.eventful),
  },
  {
    ...{ name: `window-${page}-longest`, group: 'Window', kind: 'window', drawn: `[data-testid=page-${page}]` },
    make: onPage(page, windowStates.longest),
  },
]);

/** The seats, and what else is looked after beside them. */
const besideSeats = (['containers', 'containers-long'] as const).map(
  (name): GalleryState => ({
    ...{ name: `window-${name}`, group: 'Window', kind: 'window', make: onPage('seats', containerStates[name]) },
    ...{ fixture: name, drawn: '[data-testid=containers]' },
  }),
);

/** Where there are no figures, or none that are new, the window says why as the popover does; and what it alone says. */
const onOverview = [
  ...(['silent', 'lost', 'missing', 'not-installed', 'config-invalid'] as const),
  ...Object.keys(windowStates).filter((name) => !Object.hasOwn(states, name) && name !== 'eventful'),
].map((name): GalleryState => {
  const make = (windowStates as States)[name];
  if (make === undefined) throw new Error(`there is no state ${name}`);
  return {
    ...{ name: `window-${name}`, fixture: name, group: 'Window', kind: 'window', make: onPage('overview', make) },
    drawn: '[data-testid=page-overview]',
  };
});

const pages = Object.entries(pageStates).map(
  ([name, { make, drawn }]): GalleryState => ({
    name: `window-${name}`,
    group: 'Window',
    kind: 'window',
    fixture: name,
    make,
    drawn,
  }),
);

export const gallery: readonly GalleryState[] = [
  ...popover,
  ...health,
  ...drawnFromSnapshot,
  ...besideSeats,
  ...onOverview,
  ...pages,
];
