import type { HostPort } from '../adapters/docker-ports.ts';
import type { DockerAnswer, LookReply } from '../adapters/docker-wire.ts';
import type { AdapterProblem } from '../adapters/wire.ts';
import type { AlertKind } from '../journal/alert-kinds.ts';
import type { AuditFacts } from '../journal/audit.ts';

/** What the judgement wants done, and what it hears of it. */

export type ContainerOrder =
  | { readonly op: 'look'; readonly socket: string | null; readonly knownPorts: readonly HostPort[] }
  | {
      readonly op: 'stop';
      readonly plan: number;
      readonly socket: string | null;
      readonly id: string;
      readonly name: string;
      readonly startedAt: string;
      readonly mostCpuMs: number;
      readonly mostNetworkBytes: number;
      readonly reason: string;
    }
  | {
      readonly op: 'restart';
      readonly plan: number;
      readonly argv: readonly [string, ...string[]];
      readonly reason: string;
    };

export type Heard =
  | { readonly op: 'look'; readonly reply: LookReply | AdapterProblem }
  | {
      readonly op: 'stop';
      readonly plan: number;
      readonly reply: Extract<DockerAnswer, { op: 'stop' }> | AdapterProblem;
    }
  /** The operator's command has ended. */
  | { readonly op: 'restart'; readonly plan: number; readonly ok: boolean; readonly detail: string };

/** Collects what one step wants done and said. */
export interface ContainerTurn {
  readonly orders: ContainerOrder[];
  readonly rows: AuditFacts[];
  readonly alerts: { readonly alert: AlertKind; readonly subject: string; readonly detail: string }[];
  readonly said: string[];
}

export const newContainerTurn = (): ContainerTurn => ({ orders: [], rows: [], alerts: [], said: [] });
