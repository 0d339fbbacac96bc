import type { ContainerOrder } from '../../containers/orders.ts';
import type { BandName, ProbeSpec } from '../../host/port.ts';
import type { ProcessId } from '../../host/reading.ts';
import type { AlertKind } from '../../journal/alert-kinds.ts';
import type { IntegrityWish, PortWish } from '../../probes/probing.ts';
import type { LevelName } from '../../protocol/index.ts';
import type { Plan, RecoverDeed } from '../../relief/acts.ts';
import type { ReliefMemory } from '../../relief/state.ts';
import type { OrderOutcome, SeatOrder } from '../../seats/orders.ts';
import type { Asker } from './events.ts';

/** What `decide` wants done, and what is owed for it: each effect has an id and exactly one completion. */

/** `withdrawn`: its target was gone, so that nothing was done. */
export type EffectOutcome = OrderOutcome;

export interface HeartbeatFacts {
  readonly sequence: number;
  readonly level: LevelName;
  readonly kernelLevel: number | null;
  readonly availableBytes: number | null;
  readonly compressorGrowthBytesPerSecond: number | null;
  /** The last act that was carried out, in words; null: none yet. */
  readonly lastAction: string | null;
}

export type Effect =
  | { readonly id: number; readonly kind: 'heartbeat'; readonly heartbeat: HeartbeatFacts }
  | {
      readonly id: number;
      readonly kind: 'alert';
      readonly alert: AlertKind;
      /** Names the episode: the same alert is told once in it. */
      readonly subject: string;
      readonly detail: string;
    }
  /** Carries out a plan: an intent row, the act, a result row. */
  | {
      readonly id: number;
      readonly kind: 'act';
      readonly plan: Plan;
      readonly by: 'automatic' | Asker;
      /** Of a recovery, which is several effects: what this one does. */
      readonly step?: RecoverDeed;
    }
  /** Starts or stops a seat by its service: an intent row, the act, a result row. */
  | { readonly id: number; readonly kind: 'seat'; readonly order: SeatOrder }
  /** Asks a seat whether it serves; `ok` says yes, `failed` no. */
  | {
      readonly id: number;
      readonly kind: 'probe';
      readonly seat: string;
      readonly run: number;
      readonly spec: ProbeSpec;
    }
  /** Looks whether the files of a seat's next start are whole; the detail of its completion begins with the finding's code. */
  | ({ readonly id: number; readonly kind: 'integrity' } & IntegrityWish)
  /** Looks who has a seat's port; the detail of its completion is a `holderText`. */
  | ({ readonly id: number; readonly kind: 'port' } & PortWish)
  /** A look at containers, a stop, a restart; what came of it is told by an event of its own. */
  | { readonly id: number; readonly kind: 'container'; readonly order: ContainerOrder }
  | {
      readonly id: number;
      readonly kind: 'band';
      readonly target: ProcessId;
      readonly name: string;
      readonly band: BandName;
    }
  | { readonly id: number; readonly kind: 'gpu_limit'; readonly bytes: number }
  /** Keeps what the next start should know. Losing it makes the keeper more careful, nothing else. */
  | { readonly id: number; readonly kind: 'remember'; readonly memory: ReliefMemory };

/** An effect before it has its id. */
export type Wish = Effect extends infer E ? (E extends Effect ? Omit<E, 'id'> : never) : never;

/** An effect that has been issued and has not completed. */
export interface Owed {
  readonly id: number;
  readonly kind: Effect['kind'];
  /** Of an act. */
  readonly plan: number | null;
  /** Of a probe: who is asked, in which run. */
  readonly probe: { readonly seat: string; readonly run: number } | null;
  readonly order: SeatOrder | null;
  /** Of an integrity check, or of a look at a port. */
  readonly question: { readonly seat: string; readonly number: number } | null;
  /** Of a band. */
  readonly target: ProcessId | null;
}
