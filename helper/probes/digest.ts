import type { Config, SeatConfig } from '../config/config.ts';
import type { DigestRow } from '../journal/audit.ts';
import type { SeatProbes } from './seat-probes.ts';
import { healthStatus } from './words.ts';

/**
 * What is known of the health of every seat, for the log, once an hour: whoever looks for when something began to drift finds
 * it there although nothing was ill. Files are looked at every five minutes all the same. Pure; times are milliseconds.
 */

export const digestEveryMs = 3_600_000;
/** By then each channel has been asked once. */
const firstAfterMs = 900_000;

type Digest = Omit<DigestRow, 'wallMs' | 'instance'>;

export interface Digests {
  readonly nextMs: number;
  /** Which file the program of a seat was when it was looked at before an earlier digest. */
  readonly versions: Readonly<Record<string, string>>;
}

export const initialDigests = (nowMs: number): Digests => ({ nextMs: nowMs + firstAfterMs, versions: {} });

const filesOf = ({ name, health }: SeatConfig, { tracks }: SeatProbes, { versions }: Digests): Digest['files'] => {
  if (health === null || health.files === null) return null;
  const { found } = tracks.integrity;
  const before = Object.hasOwn(versions, name) ? versions[name] : undefined;
  return {
    program: health.files.program,
    sha256: health.files.sha256,
    signed: found?.signed ?? null,
    version: found?.version ?? null,
    isChanged: before === undefined || found?.version === undefined ? null : before !== found.version,
    detail: found?.detail ?? '',
  };
};

const digestOf = (seat: SeatConfig, probes: SeatProbes, digests: Digests, nowMs: number): Digest => {
  const { verdict, channels } = healthStatus(probes, seat, nowMs);
  return {
    kind: 'digest',
    seat: seat.name,
    verdict,
    channels: channels.map(({ channel, state, strikes, okAgoSeconds }) => ({ channel, state, strikes, okAgoSeconds })),
    files: filesOf(seat, probes, digests),
  };
};

/** Rows that are due now, one a seat of which anything is asked. After a sleep there is one, not one for each hour slept. */
export const stepDigests = (
  before: Digests,
  probes: readonly SeatProbes[],
  config: Config,
  nowMs: number,
): { readonly digests: Digests; readonly rows: readonly Digest[] } => {
  if (nowMs < before.nextMs) return { digests: before, rows: [] };
  const rows = config.seats.flatMap((seat) => {
    const known = probes.find(({ name }) => name === seat.name);
    return seat.health === null || known === undefined ? [] : [digestOf(seat, known, before, nowMs)];
  });
  const seen = rows.flatMap(({ seat, files }) => (files?.version == null ? [] : [[seat, files.version] as const]));
  const lateMs = nowMs - before.nextMs;
  // On its hour as long as nothing was missed, so that rows of a day lie under one another.
  const nextMs = (lateMs < digestEveryMs ? before.nextMs : nowMs) + digestEveryMs;
  return { digests: { nextMs, versions: { ...before.versions, ...Object.fromEntries(seen) } }, rows };
};
