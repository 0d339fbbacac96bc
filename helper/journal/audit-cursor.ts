import { logStart } from '../protocol/values.ts';

/**
 * Where a reader of the audit stands. It names the file by its inode and a digest of its first line, so that it holds when
 * files are renamed by rotation, and when the system gives the inode of a removed file to a new one.
 */

export interface Position {
  /** Null: before the oldest row. */
  readonly segment: string | null;
  /** Bytes of that file that have been read. */
  readonly offset: number;
  /**
   * Rows read out of the emergency file, which the keeper moves behind `offset` when the disk has room again: how many
   * bytes, and their digest, by which they are known when they turn up there.
   */
  readonly ahead: { readonly bytes: number; readonly digest: string } | null;
}

export const startPosition: Position = { segment: null, offset: 0, ahead: null };

const pattern = /^(?:start|([0-9a-z]{1,13}-[0-9a-f]{12})\.(\d{1,12}))(?:\.(\d{1,9})-([0-9a-f]{12}))?$/;

/** At most 64 characters. */
export const cursorOf = ({ segment, offset, ahead }: Position): string => {
  const place = segment === null ? logStart : `${segment}.${offset}`;
  return ahead === null ? place : `${place}.${ahead.bytes}-${ahead.digest}`;
};

/** Null: no cursor of ours. */
export const positionOf = (cursor: string): Position | null => {
  const found = pattern.exec(cursor);
  if (found === null) return null;
  const [, segment, offset, bytes, digest] = found;
  return {
    segment: segment ?? null,
    offset: Number(offset ?? 0),
    ahead: bytes === undefined || digest === undefined ? null : { bytes: Number(bytes), digest },
  };
};

export const isAuditCursor = (text: string): boolean => positionOf(text) !== null;
