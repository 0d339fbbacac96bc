import type { Host } from '../../host/port.ts';
import { holderWords } from '../../probes/port-holder.ts';
import type { FallbackAct, RecoverAct } from '../../relief/acts.ts';
import type { ActOutcome, Freezer } from './freezer.ts';
import { lookAtPort } from './port-look.ts';
import { startService } from './start-service.ts';

/** What a recovery and a fallback do to services and ports. The KILL is the actuator's. */

type RecoveryHost = Pick<Host, 'services' | 'signal' | 'clock' | 'portOwner' | 'isPortTaken'>;

const ok = (detail: string): ActOutcome => ({ outcome: 'ok', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });

/** TERM by its service, so that nobody starts it again; one whose service is not loaded is told by itself. */
export const endSeat = async (
  host: RecoveryHost,
  freezer: Pick<Freezer, 'resumeWithin'>,
  { label, targets }: RecoverAct,
): Promise<ActOutcome> => {
  // A stopped process cannot handle TERM, and launchd would KILL it at its time-out.
  const resumed = await freezer.resumeWithin(new Set(targets.map(({ id }) => id.pid)), 'It is told to end.');
  if (resumed.outcome !== 'ok') return resumed;
  const told = await host.services.bootout(label);
  if (told.ok || told.problem === 'ending') return ok(`${label} has been told to end`);
  if (told.problem !== 'absent') return failed(`${told.problem}: ${told.detail}`);
  const sent = targets.map(({ id }) => host.signal(id, 'SIGTERM'));
  const refused = sent.find((each) => !each.ok && each.problem !== 'vanished' && each.problem !== 'reused');
  return refused === undefined || refused.ok
    ? ok(`${label} is not loaded; its processes have been told to end`)
    : failed(`${refused.problem}: ${refused.detail}`);
};

/** `ok`: nobody listens there, or it cannot be found out on this host at all. */
export const freePort = async (host: RecoveryHost, address: string): Promise<ActOutcome> => {
  const holder = await lookAtPort(host, address);
  if (holder === 'unknown')
    return host.portOwner === undefined
      ? ok('who has its port cannot be found out here')
      : failed('somebody has it, and who it is cannot be found out');
  return holder.kind === 'other' ? failed(`${holderWords(holder)} has it`) : ok(`${address} is free`);
};

/** What was so when it was decided may not be so any more: the seat's own service, and the port, are looked at once more. */
export const standIn = async (
  host: RecoveryHost,
  freezer: Pick<Freezer, 'resumeWithin'>,
  { verb, label, primary, address }: FallbackAct,
): Promise<ActOutcome> => {
  const { services } = host;
  if (verb === 'fallback_end') {
    const listed = await services.print(label);
    const pids = new Set(listed.ok && listed.job.pid !== null ? [listed.job.pid] : []);
    const resumed = await freezer.resumeWithin(pids, 'It is told to end.');
    if (resumed.outcome !== 'ok') return resumed;
    const told = await services.bootout(label);
    if (told.ok) return ok(`${label} has been told to end`);
    return told.problem === 'absent'
      ? ok(`${label} is not loaded any more`)
      : failed(`${told.problem}: ${told.detail}`);
  }
  const inTheWay = await ownOf(services, primary);
  if (inTheWay !== null) return failed(inTheWay);
  const port = address === null ? ok('') : await freePort(host, address);
  if (port.outcome !== 'ok') return failed(`its port ${address ?? ''} is not free: ${port.detail}`);
  return startService(host, label);
};

/**
 * What of the seat's own service stands in the way; null: nothing. One that is loaded and does not run is taken out of the list:
 * launchd keeps a protected seat alive, and would start it beside whoever stands in for it.
 */
const ownOf = async (services: Host['services'], label: string): Promise<string | null> => {
  const found = await services.print(label);
  if (!found.ok) return found.problem === 'absent' ? null : `whether ${label} runs is not known: ${found.detail}`;
  if (found.job.pid !== null) return `${label} runs (pid ${found.job.pid})`;
  const told = await services.bootout(label);
  if (!told.ok && told.problem !== 'absent') return `${label} may be started beside it: ${told.detail}`;
  const again = await services.print(label);
  return again.ok && again.job.pid !== null ? `${label} runs (pid ${again.job.pid})` : null;
};
