import type { Effect } from '../keeper/judgement/effect.ts';
import type { Done } from './actions.ts';
import type { World } from './world.ts';

/** Starts and ends seats on the scripted machine, asks them whether they are ready, and sets bands. */

const ok: Done = { outcome: 'ok', detail: '' };
const failed = (detail: string): Done => ({ outcome: 'failed', detail });

export const seatActionOf = (
  effect: Extract<Effect, { kind: 'seat' | 'probe' | 'band' }>,
  world: World,
  nowMs: number,
): Done => {
  switch (effect.kind) {
    case 'probe':
      return world.isReady(effect.spec.label, nowMs) ? ok : failed('not ready yet');
    case 'band':
      world.setBand(effect.target.pid, effect.band);
      return ok;
    case 'seat': {
      const { verb, label } = effect.order;
      if (verb === 'start')
        return world.serviceRun(label) !== null || world.startService(label, nowMs)
          ? ok
          : failed(`${label} cannot be started`);
      const run = world.serviceRun(label);
      world.unload(label);
      if (run === null) return ok;
      world.resume(run.pid, nowMs);
      world.drain(run, nowMs);
      return ok;
    }
  }
};
