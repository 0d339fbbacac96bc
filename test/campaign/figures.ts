import type { RunRecord } from './record.ts';

/** Who resumed how soon. */
export interface Figures {
  /** Processes that were stopped when the blow came. */
  readonly frozen: number;
  /** Who sent each of them its first SIGCONT after it, before the run was brought to its end. */
  readonly by: {
    readonly keeper: number;
    readonly deadman: number;
    readonly nextKeeper: number;
    readonly nextDeadman: number;
  };
  /** After the blow; null: nothing was frozen, or its keeper lived on and kept it frozen. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

export const figuresOf = ({ plan, told, blowMs, endMs, reused }: RunRecord): Figures => {
  const by = { keeper: 0, deadman: 0, nextKeeper: 0, nextDeadman: 0 };
  if (blowMs === null) return { frozen: 0, by, firstMs: null, lastMs: null };
  const stopped = new Set<string>();
  for (const { verb, rest, atMs } of told) {
    if (atMs >= blowMs) continue;
    if (verb === 'stop') stopped.add(rest);
    if (verb === 'cont') stopped.delete(rest);
  }
  if (reused !== null) stopped.delete(String(reused.pid));
  const after: number[] = [];
  const waiting = new Set(stopped);
  for (const event of told) {
    if (event.verb !== 'cont' || event.atMs < blowMs || event.atMs > endMs || !waiting.delete(event.rest)) continue;
    after.push(event.atMs - blowMs);
    const { party, generation } = event.by;
    if (party === 'keeper') by[generation === 1 ? 'keeper' : 'nextKeeper'] += 1;
    else by[generation === 1 ? 'deadman' : 'nextDeadman'] += 1;
  }
  const isLost = plan.trigger === 'freeze' && plan.deadmanBackMs === null;
  const lived = plan.struck === 'deadman' && ['freeze', 'keeper_resumes'].includes(plan.trigger) && !isLost;
  if (after.length === 0 || lived) return { frozen: stopped.size, by, firstMs: null, lastMs: null };
  return { frozen: stopped.size, by, firstMs: Math.min(...after), lastMs: Math.max(...after) };
};
