import type { Target } from '../relief/acts.ts';

/** What is done to a seat without asking: it is started, or an on-call one is told to end. Nothing else can be ordered. */
export type SeatOrder =
  | {
      readonly verb: 'start';
      readonly seat: string;
      readonly label: string;
      readonly why: string;
      /** Number under which its rows stand in the audit log. */
      readonly plan: number;
      readonly by: SeatOrderBy;
    }
  | {
      readonly verb: 'stop';
      readonly seat: string;
      readonly label: string;
      /** Its processes as they were when it was chosen, its main one first. */
      readonly targets: readonly Target[];
      readonly why: string;
      readonly plan: number;
      readonly by: SeatOrderBy;
    };

/** How it ended. `timed_out`: nobody knows whether it was done. `withdrawn`: its target was gone, so that nothing was. */
export type OrderOutcome = 'ok' | 'failed' | 'timed_out' | 'withdrawn';

/** `automatic`: the idle clock, a crash loop, or room for another seat. */
export type SeatOrderBy = 'automatic' | { readonly uid: number; readonly client: 'app' | 'cli' | 'gateway' };
