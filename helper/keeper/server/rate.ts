/** Token bucket as a value: `perSecond` tokens flow in up to `burst`, each request takes one. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Requests of one connection. */
export const requestRate: Rate = { perSecond: 50, burst: 100 };

export const fullBucket = (rate: Rate, nowMs: number): Bucket => ({ tokens: rate.burst, atMs: nowMs });

/** The bucket after one attempt, and whether it had a token. A clock that stands still or steps back gives none. */
export const take = (bucket: Bucket, rate: Rate, nowMs: number): { readonly bucket: Bucket; readonly ok: boolean } => {
  const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * rate.perSecond;
  const tokens = Math.min(rate.burst, bucket.tokens + gained);
  const atMs = Math.max(bucket.atMs, nowMs);
  return tokens >= 1 ? { bucket: { tokens: tokens - 1, atMs }, ok: true } : { bucket: { tokens, atMs }, ok: false };
};
