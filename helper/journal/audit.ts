import { join } from 'node:path';
import { type Failure, failure } from '../protocol/errors.ts';
import type { Channel, ChannelStatus, Signature, Verdict } from '../protocol/health.ts';
import { createAppendLog } from './append-log.ts';

/**
 * audit.jsonl: what Castellan did and was asked to do. Append-only, one JSON object a line. The row is with the kernel when
 * `append` returns (it survives `kill -9`), on the disk within 30 s. If it cannot be written, the caller is told: nothing
 * irreversible may follow.
 */

interface AuditRowOf<Kind extends string> {
  readonly kind: Kind;
  readonly wallMs: number;
  /** Names the run of the keeper that wrote the row. */
  readonly instance: string;
  /** Of memory when it was written. Not in rows of older keepers, nor before the machine was read. */
  readonly level?: 'green' | 'yellow' | 'orange' | 'red' | undefined;
}

export interface KeeperStarted extends AuditRowOf<'keeper_started'> {
  readonly pid: number;
  readonly version: string;
  readonly host: string;
}
export interface KeeperStopped extends AuditRowOf<'keeper_stopped'> {
  readonly reason: string;
}
export interface ConfigReloaded extends AuditRowOf<'config_reloaded'> {
  readonly path: string;
  /** `key: old → new`, one each. */
  readonly diff: readonly string[];
  /** Uid that asked. */
  readonly byUid: number;
}
export interface ModeChanged extends AuditRowOf<'mode_changed'> {
  readonly from: string;
  readonly to: string;
  readonly reasons: readonly string[];
}
/** What was planned, whether it is carried out (live), waits for the operator, or is only said (dry run). */
export interface PlanRow extends AuditRowOf<'plan'> {
  readonly plan: number;
  readonly verb: string;
  readonly target: string;
  readonly hash: string;
  readonly reason: string;
  readonly expected: { readonly counter: string; readonly bytes: number; readonly bytesPerSecond: number };
  readonly mode: 'live' | 'dry_run' | 'ask' | 'would_ask';
}
/** Written before an act is carried out. */
export interface ActIntent extends AuditRowOf<'intent'> {
  readonly plan: number;
  readonly verb: string;
  readonly target: string;
  readonly pids: readonly number[];
  /** Why, in a sentence. Not in rows of older keepers. */
  readonly reason?: string | undefined;
  /** Who decided: Castellan itself, or a user. */
  readonly by: 'automatic' | { readonly uid: number; readonly client: string };
}
/** How an act or a setting of the kernel ended. */
export const actOutcomes = ['ok', 'failed', 'timed_out', 'withdrawn'] as const;
export type ActOutcome = (typeof actOutcomes)[number];
/** Written when it has been carried out, or could not be. */
export interface ActResultRow extends AuditRowOf<'result'> {
  readonly plan: number;
  readonly outcome: ActOutcome;
  readonly detail: string;
}
/** What it did, measured. */
export interface ReceiptRow extends AuditRowOf<'receipt'> {
  readonly plan: number;
  readonly verb: string;
  readonly target: string;
  readonly counter: string;
  readonly expected: number;
  readonly actual: number;
  readonly effective: boolean;
  readonly afterMs: number;
  /** The same in one sentence. */
  readonly text: string;
}
/** A proposal came, was answered, expired or was withdrawn. */
export interface ApprovalRow extends AuditRowOf<'approval'> {
  readonly proposal: number;
  readonly plan: number;
  readonly hash: string;
  readonly how: 'proposed' | 'reissued' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'changed';
  readonly byUid: number | null;
}
/** A request that was turned down. */
export interface RefusalRow extends AuditRowOf<'refusal'> {
  readonly verb: string;
  readonly code: string;
  readonly detail: string;
  readonly byUid: number;
}
/** Something the operator changed by a verb. */
export interface MutationRow extends AuditRowOf<'mutation'> {
  readonly verb: string;
  readonly detail: string;
  readonly byUid: number;
}
/** Whether a seat was admitted, with its sum; told once a minute while the same is asked again and again. */
export interface AdmissionRow extends AuditRowOf<'admission'> {
  readonly seat: string;
  readonly verdict: 'admit' | 'refuse';
  readonly reason: string;
  /** Bytes; null: not known. */
  readonly totalBytes: number | null;
  readonly claimedBytes: number | null;
  readonly otherBytes: number | null;
  readonly peakBytes: number | null;
  readonly slackBytes: number | null;
  /** The same in one sentence. */
  readonly text: string;
}
/** A band or a limit was set in the kernel, and read back. */
export interface SettingRow extends AuditRowOf<'setting'> {
  readonly what: 'band' | 'gpu_limit';
  readonly target: string;
  readonly to: string;
  readonly outcome: ActOutcome;
  readonly detail: string;
}
export const observations = [
  'foreign_resume',
  'conflict',
  'thawed',
  'started',
  'ended',
  'killed',
  'returned',
  'not_restored',
  'pause_over',
  'wired_leak',
  'recovery',
] as const;
/** Somebody else resumed, ended or restarted what Castellan had acted upon, or a seat is being recovered. */
export interface ObservedRow extends AuditRowOf<'observed'> {
  readonly what: (typeof observations)[number];
  readonly target: string;
  readonly detail: string;
}
/** What is known of a seat's health, once an hour, whether it is well or not: what drifts is seen in hindsight, too. */
export interface DigestRow extends AuditRowOf<'digest'> {
  readonly seat: string;
  readonly verdict: Verdict | null;
  readonly channels: readonly {
    readonly channel: Channel;
    readonly state: ChannelStatus['state'];
    readonly strikes: number;
    /** Since it passed last; null: it never has. */
    readonly okAgoSeconds: number | null;
  }[];
  /** What its next start needs; null: castellan.toml does not name it. */
  readonly files: {
    readonly program: string;
    /** As castellan.toml pins it; null: it does not. */
    readonly sha256: string | null;
    readonly signed: Signature | null;
    /** Inode, size and time of the last change; null: it could not be looked at yet. */
    readonly version: string | null;
    /** Another file than in the digest before; null: there was none. */
    readonly isChanged: boolean | null;
    readonly detail: string;
  } | null;
}
/** Rows are missing here. Written by the audit itself. */
export interface AuditGap {
  readonly kind: 'gap';
  readonly lostRows: number;
}

/** Every kind of row. A new kind is one more member here. */
export type AuditRow =
  | KeeperStarted
  | KeeperStopped
  | ConfigReloaded
  | ModeChanged
  | PlanRow
  | ActIntent
  | ActResultRow
  | ReceiptRow
  | ApprovalRow
  | RefusalRow
  | MutationRow
  | AdmissionRow
  | SettingRow
  | ObservedRow
  | DigestRow
  | AuditGap;
/** What callers write. */
export type AuditEntry = Exclude<AuditRow, AuditGap>;

/** A row less what every row of one keeper has. */
export type AuditFacts = AuditEntry extends infer Row
  ? Row extends AuditEntry
    ? Omit<Row, 'wallMs' | 'instance' | 'level'>
    : never
  : never;

export interface Audit {
  /** One write on the caller's thread, no wait for the disk: some 5 µs. */
  readonly append: (row: AuditEntry) => { readonly ok: true } | { readonly ok: false; readonly failure: Failure };
  /** Whether the last row was taken; when it was not, whether rows are taken again now. One write at most. */
  readonly writable: () => boolean;
  readonly stats: () => { readonly state: 'ok' | 'degraded' | 'off'; readonly lostRows: number };
  readonly close: () => void;
}

export interface AuditOptions {
  /** The state folder. */
  readonly directory: string;
  readonly maxBytes?: number;
  readonly kept?: number;
  readonly emergencyBytes?: number;
}

/** The file being written; older ones are NAME.1 (the newest of them) and so on, rows of a full disk in NAME.emergency. */
export const auditPath = (directory: string): string => join(directory, 'audit.jsonl');

export const createAudit = (options: AuditOptions): Audit => {
  const log = createAppendLog({
    path: auditPath(options.directory),
    maxBytes: options.maxBytes ?? 16 * 2 ** 20,
    kept: options.kept ?? 8,
    emergencyBytes: options.emergencyBytes ?? 64 * 2 ** 10,
    gapLine: (lostRows) => JSON.stringify({ kind: 'gap', lostRows } satisfies AuditGap),
  });
  let closed = false;
  let failing = false;
  return {
    append: (row) => {
      const result = closed ? { ok: false as const, detail: 'the audit is closed' } : log.append(JSON.stringify(row));
      failing = !result.ok;
      return result.ok ? result : { ok: false, failure: failure('audit_unwritable', result.detail) };
    },
    writable: () => {
      if (closed) return false;
      if (failing) failing = !log.writable();
      return !failing;
    },
    stats: () => {
      const { lostRows, emergencyRows } = log.stats();
      return { state: closed ? 'off' : failing || emergencyRows > 0 ? 'degraded' : 'ok', lostRows };
    },
    close: () => {
      if (closed) return;
      closed = true;
      log.close();
    },
  };
};
