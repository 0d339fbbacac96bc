import type { Session } from '../../helper/protocol/session.ts';
import type { Removal } from '../ipc/contract.ts';
import { isRegistered } from './model.ts';
import type { Service, ServicePort } from './services.ts';
import { type Pause, registrationTimes, settle } from './settle.ts';

/**
 * "Remove Castellan…": first the helper gives back what it holds, then its daemons are unregistered, the deadman last. Every
 * wait has an end; what did not succeed is said.
 */

export interface Removing {
  readonly port: ServicePort;
  readonly withData: boolean;
  readonly request: Session['request'];
  readonly isConnected: () => boolean;
  readonly forgetLoginItem: () => void;
  readonly pause: Pause;
  readonly log: (line: string) => void;
}

type Done = Extract<Removal, { kind: 'done' }>;

export const removeDaemons = async (given: Removing): Promise<Done> => {
  const { port, withData, pause, log } = given;
  const left: string[] = [];

  const unregister = async (service: Service): Promise<void> => {
    if (!isRegistered(port.status(service))) return;
    port.set(service, false);
    const status = await settle(
      () => port.status(service),
      (each) => !isRegistered(each),
      pause,
    );
    log(`registration: ${service} is ${status} after it was unregistered`);
    if (isRegistered(status))
      left.push(`macOS still has the ${service} registered; it can be switched off under Login Items.`);
  };

  let undone: Done['undone'] = null;
  if (given.isConnected()) {
    const answer = await given.request('keeper.remove', { removeData: withData });
    if (answer.ok) {
      const { resumed, bands, gpuLimit, seats } = answer.result;
      undone = { resumed, bands, gpuLimit, seats: [...seats] };
      left.push(...answer.result.left);
    } else log(`registration: keeper.remove, ${answer.failure.code} ${answer.failure.detail}`);
  }
  if (undone === null) {
    left.push(
      'The helper did not answer: the deadman resumes what was frozen, and bands hold until the programs are restarted.',
    );
    if (withData) left.push('Its data is still in /Library/Application Support/Sanctum/Castellan.');
  }
  await unregister('gateway');
  await unregister('keeper');
  // It is who resumes what the keeper could not.
  if (undone === null || left.length > 0) await pause(registrationTimes.deadmanMs);
  await unregister('deadman');
  given.forgetLoginItem();
  return { kind: 'done', withData, undone, left };
};
