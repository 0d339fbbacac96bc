import type { Effect } from '../keeper/judgement/effect.ts';
import type { KeeperEvent } from '../keeper/judgement/events.ts';
import type { KeeperState } from '../keeper/judgement/state.ts';
import { findingWords } from '../probes/integrity-finding.ts';
import { questionsOf } from '../probes/seat-probes.ts';
import type { Channel, Finding } from '../protocol/health.ts';
import type { Done } from './actions.ts';

/** What seats answer when they are asked about their health: the gateway's part, and that of the files. */

interface Script {
  readonly finding: Finding;
  /** From the question to its answer. */
  readonly takesMs: number;
}

export interface VirtualHealth {
  /** From now on this channel of the seat answers so. */
  readonly script: (seat: string, channel: Channel, script: Script) => void;
  /** Questions that a keeper has put since the last call; each is answered in its time. */
  readonly ask: (state: KeeperState, nowMs: number) => void;
  readonly files: (effect: Extract<Effect, { kind: 'integrity' }>) => Done;
}

const usual: Script = { finding: { ok: true, code: 'ok', detail: '', ms: 25 }, takesMs: 25 };

export const createHealth = (
  schedule: (atMs: number, call: (nowMs: number) => void) => void,
  post: (nowMs: number, event: KeeperEvent) => void,
): VirtualHealth => {
  const scripts = new Map<string, Script>();
  const asked = new Set<string>();
  const scriptOf = (seat: string, channel: Channel): Script => scripts.get(`${seat} ${channel}`) ?? usual;

  return {
    script: (seat, channel, script) => {
      scripts.set(`${seat} ${channel}`, script);
    },
    ask: ({ startedMs, probing, seating }, nowMs) => {
      if (seating.gateway.state === 'missing') return;
      for (const probes of probing.seats)
        for (const { channel, number } of questionsOf(probes)) {
          // Numbers begin anew with each keeper.
          const key = `${startedMs} ${number}`;
          if (asked.has(key)) continue;
          asked.add(key);
          const { finding, takesMs } = scriptOf(probes.name, channel);
          schedule(nowMs + takesMs, (later) =>
            post(later, { type: 'finding', seat: probes.name, channel, number, finding }),
          );
        }
    },
    files: ({ seat }) => {
      const { finding } = scriptOf(seat, 'integrity');
      return { outcome: finding.ok ? 'ok' : 'failed', detail: findingWords(finding) };
    },
  };
};
