import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../host/port.ts';
import { createIntegrityCheck } from '../../probes/integrity.ts';
import { findingWords } from '../../probes/integrity-finding.ts';
import type { LoopOptions } from '../loop.ts';
import type { Records } from '../records.ts';
import { createActuator } from './actuator.ts';
import type { ContainerDesk } from './container-desk.ts';
import type { Freezer } from './freezer.ts';
import { reportPort } from './port-look.ts';
import type { Unload } from './runtimes-unload.ts';
import { createSeatOrders } from './seat-orders.ts';
import { createSettings } from './settings.ts';

/** Everything that `decide` may want done, each kind by who can. */

export interface Effects {
  readonly carryOut: LoopOptions['carryOut'];
  /** Resolves when what had begun has its result row, or when that takes too long. */
  readonly settled: () => Promise<void>;
}

/** What is under way when the keeper is told to end has this long to be done, and to get its result row. */
const endMs = 5_000;

export const createEffects = (
  host: Host,
  freezer: Freezer,
  records: Pick<Records, 'audit' | 'carryOut'>,
  unload: Unload,
  containers: ContainerDesk,
): Effects => {
  const { audit } = records;
  const actuator = createActuator({ host, freezer, unload, audit });
  const seatOrders = createSeatOrders({ host, freezer, audit });
  const checkIntegrity = createIntegrityCheck(host);
  const set = createSettings({ host, audit });
  const underWay = new Set<Promise<unknown>>();

  const awaited = <T>(done: Promise<T>): Promise<T> => {
    underWay.add(done);
    const forget = (): void => void underWay.delete(done);
    done.then(forget, forget);
    return done;
  };

  const carryOut: LoopOptions['carryOut'] = (effect) => {
    switch (effect.kind) {
      case 'act':
        return actuator.carryOut(effect);
      case 'seat':
        return awaited(seatOrders.carryOut(effect.order));
      case 'container':
        return awaited(containers.carryOut(effect.order));
      case 'integrity':
        return checkIntegrity(effect.files).then((finding) => ({
          outcome: finding.ok ? 'ok' : 'failed',
          detail: findingWords(finding),
        }));
      case 'port':
        return reportPort(host, effect);
      case 'probe':
      case 'band':
      case 'gpu_limit':
        return set(effect);
      default:
        return records.carryOut(effect);
    }
  };
  return {
    carryOut,
    settled: async () => {
      const all = Promise.allSettled([actuator.idle(), ...underWay]);
      await Promise.race([all, sleep(endMs, undefined, { ref: false })]);
    },
  };
};
