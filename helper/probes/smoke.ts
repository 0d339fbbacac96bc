import type { Finding } from './channels.ts';
import { channelRules } from './channels.ts';

/** Ten small prompts in a row, by which a seat that was started again shows that it works: plain data. Times are milliseconds. */

export const smokePrompts = 10;
/** A server that has said nothing three times in a row is not asked the other seven. */
const mostFailuresInARow = 3;
/** Whoever asks may be gone. */
const graceMs = 10_000;

export interface Smoke {
  /** Number of the plan it belongs to. */
  readonly plan: number;
  /** Since when there is something to ask: its beginning, or the answer before. */
  readonly sinceMs: number;
  readonly asked: number;
  readonly good: number;
  readonly failedInARow: number;
  readonly asking: { readonly number: number; readonly sinceMs: number } | null;
  /** The first failure, one sentence; empty: there was none. */
  readonly fault: string;
}

export const newSmoke = (plan: number, nowMs: number): Smoke => ({
  plan,
  sinceMs: nowMs,
  asked: 0,
  good: 0,
  failedInARow: 0,
  asking: null,
  fault: '',
});

/** Nothing more is asked. */
export const isSmokeOver = ({ asking, asked, failedInARow }: Smoke): boolean =>
  asking === null && (asked >= smokePrompts || failedInARow >= mostFailuresInARow);

export const askSmoke = (smoke: Smoke, number: () => number, nowMs: number): Smoke =>
  smoke.asking !== null || isSmokeOver(smoke)
    ? smoke
    : { ...smoke, asked: smoke.asked + 1, asking: { number: number(), sinceMs: nowMs } };

export const answeredSmoke = (smoke: Smoke, { ok, detail }: Pick<Finding, 'ok' | 'detail'>, nowMs: number): Smoke => ({
  ...smoke,
  sinceMs: nowMs,
  asking: null,
  good: smoke.good + Number(ok),
  failedInARow: ok ? 0 : smoke.failedInARow + 1,
  fault: ok || smoke.fault !== '' ? smoke.fault : detail,
});

/** A prompt that nobody answers for counts as one without an answer. */
export const withoutAnswer = (smoke: Smoke, nowMs: number): Smoke =>
  smoke.asking !== null && nowMs - smoke.asking.sinceMs >= channelRules.inference.withinMs + graceMs
    ? answeredSmoke(smoke, { ok: false, detail: 'nobody answered for a prompt' }, nowMs)
    : smoke;
