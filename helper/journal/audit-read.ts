import type { LogRow } from '../protocol/index.ts';
import type { AuditRow } from './audit.ts';
import { cursorOf, type Position, positionOf, startPosition } from './audit-cursor.ts';
import { type AuditFiles, digestOf, openAudit, readAt, type Segment } from './audit-segments.ts';
import { linesBackward, linesForward } from './line-reader.ts';

/**
 * Reads the audit while it is written. Nothing is read twice and nothing is passed over by one who goes on from the cursor
 * he was given, across rotations, restarts of the keeper and a full disk.
 */

export interface AuditQuery {
  /** The state folder. */
  readonly directory: string;
  /** Rows after this cursor; `logStart` of values.ts: from the oldest; absent: the last rows. */
  readonly after?: string | undefined;
  /** The last rows before this one, which `older` of an earlier answer was; together with `after` it says nothing. */
  readonly before?: string | undefined;
  /** Only rows of these kinds; none named: all but what comes by the hour (`byTheHour`). */
  readonly kinds?: readonly string[] | undefined;
  /** Only rows not older than this, wall time in ms since 1970. */
  readonly sinceMs?: number | undefined;
  /** Rows at most; fewer when they are large. */
  readonly limit: number;
}

export interface AuditPage {
  /** Oldest first. */
  readonly rows: readonly LogRow[];
  /** No rows and the cursor that was given: there are no more for now. */
  readonly cursor: string;
  /** To go on before these rows; null: there are none before, or it was asked what comes after a cursor. */
  readonly older: string | null;
  /** Lines that are no rows: torn by a power loss, or not ours. */
  readonly skipped: number;
  /** What the cursor named has been removed by rotation: rows were missed, reading began at the oldest. */
  readonly missed: boolean;
}

/** Who reads what was done need not leaf through what merely stands each hour: it is there for who asks for it by its kind. */
const byTheHour: ReadonlySet<string> = new Set<AuditRow['kind']>(['digest']);

/** What fits into one answer of the keeper (1 MiB) with room to spare. */
const pageBytes = 640 * 2 ** 10;

/** Throws what the disk says when the files cannot be read. Takes 64 KiB of work at a time from its thread. */
export const readAudit = async (query: AuditQuery): Promise<AuditPage> => {
  const files = await openAudit(query.directory);
  try {
    return query.after === undefined
      ? await lastRows(files, query)
      : await rowsAfter(files, query, positionOf(query.after));
  } finally {
    await files.close();
  }
};

/** Collects the rows that are asked for, up to a page. */
const createPage = ({ kinds, sinceMs, limit }: AuditQuery) => {
  const wanted = kinds === undefined || kinds.length === 0 ? null : new Set(kinds);
  // A cheap look before the line is parsed: of 100,000 rows few are wanted.
  const needles = wanted === null ? null : [...wanted].map((kind) => Buffer.from(`"kind":${JSON.stringify(kind)}`));
  const rows: LogRow[] = [];
  let bytes = 0;
  let skipped = 0;
  return {
    rows,
    skipped: () => skipped,
    skip: () => skipped++,
    isFull: () => rows.length >= limit || bytes >= pageBytes,
    offer: (line: Buffer | null): void => {
      if (line !== null && line.length === 0) return;
      if (line !== null && needles?.every((needle) => !line.includes(needle)) === true) return;
      const row = line === null ? null : parsed(line);
      if (row === null) {
        skipped++;
        return;
      }
      if (wanted === null ? byTheHour.has(row.kind) : !wanted.has(row.kind)) return;
      // Only a gap has no time of its own: it stands among the rows it belongs to.
      if (sinceMs !== undefined && (row.wallMs === undefined ? rows.length === 0 : row.wallMs < sinceMs)) return;
      bytes += line?.length ?? 0;
      rows.push(row);
    },
  };
};

const parsed = (line: Buffer): LogRow | null => {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const { kind, wallMs } = value as Readonly<Record<string, unknown>>;
    const isRow = typeof kind === 'string' && (wallMs === undefined || typeof wallMs === 'number');
    return isRow ? (value as LogRow) : null;
  } catch {
    return null;
  }
};

/** Everything in it is older than the time asked for, by when it was last written. */
const isOlder = ({ mtimeMs }: Segment, sinceMs: number | undefined): boolean =>
  sinceMs !== undefined && mtimeMs < sinceMs;

/** What is read backwards, and from where: all of it, or what lies before a cursor; null: that is not there any more. */
const backwardFrom = ({ segments }: AuditFiles, before: string | undefined) => {
  if (before === undefined) return segments.map((segment) => ({ segment, to: segment.size })).toReversed();
  const position = positionOf(before);
  const at = segments.findIndex(({ name }) => name === position?.segment);
  if (position === null || at < 0) return null;
  const parts = segments.slice(0, at + 1).map((segment) => ({ segment, to: segment.size }));
  return parts.toReversed().map((part, i) => (i === 0 ? { ...part, to: Math.min(part.to, position.offset) } : part));
};

const lastRows = async (files: AuditFiles, query: AuditQuery): Promise<AuditPage> => {
  const page = createPage(query);
  const newest = files.segments.at(-1);
  const parts = backwardFrom(files, query.before);
  const isWhole = query.before === undefined;
  let ahead: Position['ahead'] = null;
  const reserve = isWhole ? await currentReserve(files) : Buffer.alloc(0);
  if (reserve.length > 0) {
    for (const { bytes } of reserveLines(reserve, 0).toReversed()) if (!page.isFull()) page.offer(bytes);
    ahead = { bytes: reserve.length, digest: digestOf(reserve) };
  }
  let offset: number | null = null;
  let older: Position | null = null;
  for (const { segment, to } of parts ?? []) {
    if (page.isFull() && (offset !== null || !isWhole)) {
      older ??= { segment: segment.name, offset: to, ahead: null };
      break;
    }
    if (segment !== newest && isOlder(segment, query.sinceMs)) continue;
    let end: number | null = null;
    for await (const line of linesBackward(segment.handle, to)) {
      end ??= line.end;
      if (segment === newest) offset ??= line.end;
      if (page.isFull()) {
        older = { segment: segment.name, offset: line.end, ahead: null };
        break;
      }
      page.offer(line.bytes);
    }
    // A torn end of a file that is finished; in the newest one a row may be on its way.
    if (segment !== newest && !page.isFull() && end !== to) page.skip();
  }
  return {
    rows: page.rows.toReversed(),
    cursor: query.before ?? cursorOf({ segment: newest?.name ?? null, offset: offset ?? 0, ahead }),
    older: older === null ? null : cursorOf(older),
    skipped: page.skipped(),
    missed: parts === null,
  };
};

const rowsAfter = async (files: AuditFiles, query: AuditQuery, given: Position | null): Promise<AuditPage> => {
  const page = createPage(query);
  const { segments } = files;
  const known = given !== null && (given.segment === null || segments.some(({ name }) => name === given.segment));
  let position = await withoutAhead(files, known ? given : startPosition);
  const first = Math.max(
    0,
    segments.findIndex(({ name }) => name === position.segment),
  );
  for (const [index, segment] of segments.entries()) {
    if (index < first || position.ahead !== null || page.isFull()) continue;
    const isNewest = index === segments.length - 1;
    const offset = segment.name === position.segment ? position.offset : 0;
    position = { segment: segment.name, offset, ahead: null };
    if (!isNewest && isOlder(segment, query.sinceMs)) continue;
    for await (const line of linesForward(segment.handle, offset, segment.size)) {
      page.offer(line.bytes);
      position = { segment: segment.name, offset: line.end, ahead: null };
      if (page.isFull()) break;
    }
    if (!isNewest && !page.isFull() && position.offset !== segment.size) page.skip();
  }
  if (!page.isFull()) position = await readReserve(files, page, position);
  return {
    rows: page.rows,
    cursor: cursorOf(position),
    older: null,
    skipped: page.skipped(),
    missed: !known,
  };
};

/**
 * Finds the rows that were read out of the reserve earlier behind the position, where the keeper has moved them since, and
 * goes on behind them. Where they have not come yet the position is as it was.
 */
const withoutAhead = async ({ segments }: AuditFiles, position: Position): Promise<Position> => {
  const { ahead } = position;
  if (ahead === null) return position;
  let index = Math.max(
    0,
    segments.findIndex(({ name }) => name === position.segment),
  );
  let from = position.segment === null ? 0 : position.offset;
  let segment = segments[index];
  if (segment !== undefined && from >= segment.size && index + 1 < segments.length) {
    index++;
    from = 0;
    segment = segments[index];
  }
  if (segment === undefined || segment.size - from < ahead.bytes) return position;
  // Behind the position, or behind the torn line that a start after a power loss has ended there.
  const torn = await readAt(segment.handle, from, 65_536).then((bytes) => bytes.indexOf(10) + 1);
  for (const start of [from, from + torn]) {
    const there = await readAt(segment.handle, start, ahead.bytes);
    if (digestOf(there) === ahead.digest) return { segment: segment.name, offset: start + ahead.bytes, ahead: null };
  }
  // They never came: somebody removed the reserve.
  return { ...position, ahead: null };
};

/** Rows that wait in the reserve, less those that were read before. */
const readReserve = async (
  files: AuditFiles,
  page: ReturnType<typeof createPage>,
  position: Position,
): Promise<Position> => {
  const reserve = await currentReserve(files);
  const from = position.ahead?.bytes ?? 0;
  const isKnown = position.ahead === null || digestOf(reserve.subarray(0, from)) === position.ahead.digest;
  if (reserve.length <= from || !isKnown) return position;
  let end = from;
  for (const line of reserveLines(reserve, from)) {
    page.offer(line.bytes);
    end = line.end;
    if (page.isFull()) break;
  }
  return { ...position, ahead: { bytes: end, digest: digestOf(reserve.subarray(0, end)) } };
};

/** The reserve, unless rows came into the file meanwhile: then they go first, and the next page brings both. */
const currentReserve = async ({ segments, reserve }: AuditFiles): Promise<Buffer> => {
  const bytes = await reserve();
  const newest = segments.at(-1);
  const isCurrent = newest === undefined || (await newest.handle.stat()).size === newest.size;
  return isCurrent ? bytes : Buffer.alloc(0);
};

const reserveLines = (reserve: Buffer, from: number): readonly { readonly bytes: Buffer; readonly end: number }[] => {
  const lines: { readonly bytes: Buffer; readonly end: number }[] = [];
  let start = from;
  for (let found = reserve.indexOf(10, start); found >= 0; found = reserve.indexOf(10, start)) {
    lines.push({ bytes: reserve.subarray(start, found), end: found + 1 });
    start = found + 1;
  }
  return lines;
};
