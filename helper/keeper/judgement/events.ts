import type { OwnProcess } from '../../arbiter/targets.ts';
import type { Heard } from '../../containers/orders.ts';
import type { CompressedShares } from '../../host/port.ts';
import type { ProcessId } from '../../host/reading.ts';
import type { ServiceJob } from '../../host/service-manager.ts';
import type { ErrorCode, Finding, NetworkChannel } from '../../protocol/index.ts';
import type { RuntimeLook } from '../../relief/runtimes.ts';
import type { ReliefMemory } from '../../relief/state.ts';
import type { SeatEvent } from '../../seats/events.ts';
import type { EffectOutcome } from './effect.ts';
import type { Reading } from './reading.ts';

/** What is told to `decide` beside readings: plain data with finite numbers, which survives JSON unchanged. */

export type KeeperEvent =
  /** The kernel hinted that pressure changed. */
  | { readonly type: 'pressure' }
  /** How many clients look at the process table now. */
  | { readonly type: 'lookers'; readonly count: number }
  /** Someone looks once and wants what is true now. */
  | { readonly type: 'look' }
  /** Where the configuration in force comes from; sent at start and after each reload. */
  | { readonly type: 'config'; readonly state: 'file' | 'defaults' | 'invalid' }
  /** What this host can never do here (not root, no such sensor): reasons to observe only. */
  | { readonly type: 'cannot_act'; readonly reasons: readonly string[] }
  /** Pids of Castellan itself and of the clients that are connected: they and their ancestors are never acted upon. */
  | {
      readonly type: 'own';
      readonly pids: readonly number[];
      readonly firstLoginUid: number;
      readonly roles?: readonly OwnProcess[];
    }
  | DeadmanEvent
  | OperatorEvent
  | SeatEvent
  /** What the gateway found out about a seat, under the number of the question. */
  | {
      readonly type: 'finding';
      readonly seat: string;
      readonly channel: NetworkChannel;
      readonly number: number;
      readonly finding: Finding;
    }
  /** What a service offers, asked of launchd once for each that the policy matches. */
  | { readonly type: 'job'; readonly job: ServiceJob }
  /** What is installed to carry out acts that are neither signals nor services. */
  | { readonly type: 'adapters'; readonly names: readonly string[] }
  /** What a runtime of models holds, as its adapter said. */
  | { readonly type: 'runtime'; readonly look: RuntimeLook }
  /** What came of an order about containers. */
  | { readonly type: 'containers'; readonly heard: Heard }
  /** What an earlier run remembered, once at the start; absent or unreadable: the dry run begins anew. */
  | { readonly type: 'remembered'; readonly memory: ReliefMemory; readonly ageMs: number }
  /** CASTELLAN_DRY_RUN is set: nothing can leave the dry run. */
  | { readonly type: 'forced_dry_run' }
  /** Whether the audit log takes rows; without it nothing irreversible is done. */
  | { readonly type: 'audit'; readonly writable: boolean }
  /** Who holds how much of what is compressed; null: it could not be found out. */
  | { readonly type: 'compressed'; readonly shares: CompressedShares | null }
  /** Telemetry rows lost so far. */
  | { readonly type: 'telemetry'; readonly droppedRows: number }
  /** The one completion of an effect. */
  | { readonly type: 'effect'; readonly id: number; readonly outcome: EffectOutcome; readonly detail: string };

export type DeadmanEvent =
  /** The connection to the deadman: it has greeted this instance, how many tombstones of others are left. */
  | {
      readonly type: 'deadman';
      readonly state: 'missing' | 'not_ready' | 'present';
      readonly foreignTombstones: number;
    }
  /** A freeze ended by another hand than an effect of ours: the deadman's deadline, or its judgement of us. */
  | { readonly type: 'thawed'; readonly id: ProcessId; readonly why: string };

/** Who asked, as the socket's kernel says. */
export interface Asker {
  readonly uid: number;
  readonly client: 'app' | 'cli';
}

/** What the operator decides. Each has the number of its request, under which its answer comes. */
export type OperatorEvent =
  | {
      readonly type: 'approve';
      readonly request: number;
      readonly id: number;
      readonly hash: string;
      readonly confirmed: boolean;
      readonly by: Asker;
    }
  | { readonly type: 'deny'; readonly request: number; readonly id: number; readonly hash: string; readonly by: Asker }
  | { readonly type: 'mark_wrong'; readonly request: number; readonly plan: number; readonly by: Asker }
  | { readonly type: 'set_mode'; readonly request: number; readonly to: 'live' | 'dry_run'; readonly by: Asker }
  /** 0 minutes ends a pause. */
  | { readonly type: 'pause'; readonly request: number; readonly minutes: number; readonly by: Asker }
  | { readonly type: 'thaw'; readonly request: number; readonly freeze: number | null; readonly by: Asker }
  | { readonly type: 'restore'; readonly request: number; readonly label: string; readonly by: Asker }
  | {
      readonly type: 'fallback';
      readonly request: number;
      readonly seat: string;
      readonly to: 'start' | 'stop';
      readonly by: Asker;
    }
  | { readonly type: 'clear_leak'; readonly request: number; readonly by: Asker };

/** The answer to one request of the operator; `effect` carries out what was approved and is worth waiting for. */
export type OperatorAnswer =
  | {
      readonly request: number;
      readonly ok: true;
      readonly effect: number | null;
      readonly plan: number | null;
      readonly said: string;
    }
  | { readonly request: number; readonly ok: false; readonly code: ErrorCode; readonly detail: string };

export interface Input {
  readonly nowMs: number;
  readonly reading: Reading | null;
  readonly events: readonly KeeperEvent[];
}
