import type { Finding, FindingCode, NetworkChannel } from '../../helper/protocol/health.ts';

/** A model server as a prober meets it: what it answers on each channel, and after how long. */

export interface ServerMood {
  /** `lists`: its list answers and no chat does. `gone`: its port is closed. */
  readonly server: 'works' | 'lists' | 'gone';
  /** Others keep it at work, so that whoever asks besides waits in a queue. */
  readonly work: 'none' | 'queued' | 'beside';
  /** By a signal. */
  readonly isStopped: boolean;
}

export interface Reply {
  readonly finding: Finding;
  readonly afterMs: number;
}

const fail = (code: Exclude<FindingCode, 'ok'>, afterMs: number): Reply => ({
  finding: { ok: false, code, detail: code, ms: null },
  afterMs,
});
const limitMs: Readonly<Record<NetworkChannel, number>> = { cheap: 5_000, inference: 60_000 };

export const replyOf = ({ server, work, isStopped }: ServerMood, channel: NetworkChannel): Reply => {
  if (server === 'gone') return fail('refused', 0);
  const hangs = isStopped || (channel === 'inference' && server === 'lists') || work === 'queued';
  return hangs
    ? fail('timeout', limitMs[channel])
    : { finding: { ok: true, code: 'ok', detail: '', ms: 25 }, afterMs: 0 };
};
