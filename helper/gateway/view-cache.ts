import type { GatewaySeat, GatewayView } from '../protocol/seats.ts';

/** What the keeper said last of the seats, for as long as that is worth something. */

/** The keeper's beat is 2 s: two may be missed. An older view answers nothing. */
export const viewMs = 5_000;

export interface ViewCache {
  readonly take: (view: GatewayView) => void;
  /** Null: there is none, or it is too old. */
  readonly view: () => GatewayView | null;
  /** Milliseconds since the last one; null: there was none. */
  readonly ageMs: () => number | null;
  /** By name, or by launchd label. */
  readonly seat: (name: string) => GatewaySeat | null;
  /** Told at each view, after it has been taken, in the order in which they were added. Returns how to end that. */
  readonly onView: (listener: (view: GatewayView) => void) => () => void;
}

export const createViewCache = (nowMs: () => number): ViewCache => {
  let last: {
    readonly view: GatewayView;
    readonly atMs: number;
    readonly seats: ReadonlyMap<string, GatewaySeat>;
  } | null = null;
  const listeners: ((view: GatewayView) => void)[] = [];

  const fresh = () => (last !== null && nowMs() - last.atMs <= viewMs ? last : null);

  return {
    take: (view) => {
      const byLabel = view.seats.map((seat) => [seat.label, seat] as const);
      const byName = view.seats.map((seat) => [seat.name, seat] as const);
      last = { view, atMs: nowMs(), seats: new Map([...byLabel, ...byName]) };
      for (const listener of [...listeners]) listener(view);
    },
    view: () => fresh()?.view ?? null,
    ageMs: () => (last === null ? null : nowMs() - last.atMs),
    seat: (name) => fresh()?.seats.get(name) ?? null,
    onView: (listener) => {
      listeners.push(listener);
      return () => {
        const at = listeners.indexOf(listener);
        if (at >= 0) listeners.splice(at, 1);
      };
    },
  };
};
