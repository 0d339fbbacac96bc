import { join } from 'node:path';
import { type Failure, failure } from '../protocol/errors.ts';
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
/** Rows are missing here. Written by the audit itself. */
export interface AuditGap {
  readonly kind: 'gap';
  readonly lostRows: number;
}

/** Every kind of row. A new kind is one more member here. */
export type AuditRow = KeeperStarted | KeeperStopped | ConfigReloaded | ModeChanged | AuditGap;
/** What callers write. */
export type AuditEntry = Exclude<AuditRow, AuditGap>;

export interface Audit {
  /** One write on the caller's thread, no wait for the disk: some 5 µs. */
  readonly append: (row: AuditEntry) => { readonly ok: true } | { readonly ok: false; readonly failure: Failure };
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

export const createAudit = (options: AuditOptions): Audit => {
  const log = createAppendLog({
    path: join(options.directory, 'audit.jsonl'),
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
