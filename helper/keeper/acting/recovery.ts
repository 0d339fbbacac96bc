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
  const seat = await services.print(primary);
  if (seat.ok && seat.job.pid !== null) return failed(`${primary} runs (pid ${seat.job.pid})`);
  const port = address === null ? ok('') : await freePort(host, address);
  if (port.outcome !== 'ok') return failed(`its port ${address ?? ''} is not free: ${port.detail}`);
  return startService(host, label);
};
