import type { ContainerLook } from '../adapters/docker-wire.ts';
import type { Idleness } from './idleness.ts';
import type { PortState } from './ports.ts';
import { noRestarts, type Restarts } from './restarts.ts';
import type { Known } from './stoppable.ts';

/** What is remembered of containers between two looks. Plain data with finite numbers, like everything `decide` keeps. */

/** A stop that was ordered, until it is known what came of it. */
export interface Stop {
  readonly plan: number;
  readonly id: string;
  readonly name: string;
  readonly startedAt: string;
  readonly orderedMs: number;
  /** Still running when the adapter looked last: the next look decides. */
  readonly isAwaited: boolean;
}

/** Stopped by us, as far as that is known: comes it back, it was of no use. */
export interface Stopped {
  readonly name: string;
  readonly startedAt: string;
  readonly atMs: number;
}

/** Stops of a container that came to nothing. */
export interface Tries {
  readonly name: string;
  readonly useless: number;
  readonly atMs: number;
  /** One that failed is tried again, not before then. */
  readonly againMs: number;
}

export interface ContainersState {
  readonly startedMs: number;
  readonly nextLookMs: number;
  readonly underWay: 'look' | 'stop' | null;
  readonly engine: {
    readonly state: 'unknown' | 'reachable' | 'unreachable';
    readonly detail: string;
    /** Looks in a row that found none. */
    readonly misses: number;
    readonly socket: string | null;
  };
  readonly known: readonly Known[];
  readonly stop: Stop | null;
  readonly stopped: readonly Stopped[];
  readonly tries: readonly Tries[];
  /** What was only said in the dry run: each run of a container once. */
  readonly rehearsed: readonly string[];
  /** So was the restart, for the ports that are closed now. */
  readonly isRestartRehearsed: boolean;
  readonly ports: readonly PortState[];
  /** What the log of the machine says of ports that are closed. */
  readonly note: string;
  readonly restarts: Restarts;
}

/** The machine has its start to itself. */
const firstLookMs = 10_000;

export const initialContainers = (nowMs: number): ContainersState => ({
  startedMs: nowMs,
  nextLookMs: nowMs + firstLookMs,
  underWay: null,
  engine: { state: 'unknown', detail: '', misses: 0, socket: null },
  known: [],
  stop: null,
  stopped: [],
  tries: [],
  rehearsed: [],
  isRestartRehearsed: false,
  ports: [],
  note: '',
  restarts: noRestarts,
});

export const nothingKnown: Idleness = { sample: null, sinceMs: null, last: null };

/** Names one run of a container. */
export const runOf = ({ id, startedAt }: Pick<ContainerLook, 'id' | 'startedAt'>): string =>
  `${id.slice(0, 12)}@${startedAt}`;
