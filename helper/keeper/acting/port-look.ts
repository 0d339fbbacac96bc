import type { Host } from '../../host/port.ts';
import type { ProcessId } from '../../host/reading.ts';
import { takers } from '../../host/socket-address.ts';
import { holderText, type PortHolder } from '../../probes/port-holder.ts';
import type { ActOutcome } from './actuator.ts';

/** Who has an address of this machine. Those who should have it are looked at first: all others cost a walk over every process. */

export type PortHost = Pick<Host, 'portOwner' | 'isPortTaken'> & Partial<Pick<Host, 'inspect'>>;

/** @returns `unknown`: somebody may have it, and who it is cannot be found out here */
export const lookAtPort = async (
  host: PortHost,
  address: string,
  own: readonly ProcessId[] = [],
): Promise<PortHolder | 'unknown'> => {
  const wanted = takers(address);
  const isOwn = own.some((id) => {
    const inspection = host.inspect?.(id);
    return (
      inspection !== undefined &&
      'listening' in inspection &&
      inspection.listening?.some((at) => wanted.includes(at)) === true
    );
  });
  if (isOwn) return { kind: 'own' };
  if (host.portOwner === undefined) return 'unknown';
  const owner = await host.portOwner(address);
  if (owner !== null) return { kind: 'other', ...owner };
  return (await host.isPortTaken?.(address)) === true ? 'unknown' : { kind: 'nobody' };
};

export const reportPort = async (
  host: PortHost,
  { address, own }: { readonly address: string; readonly own: readonly ProcessId[] },
): Promise<ActOutcome> => {
  const found = await lookAtPort(host, address, own);
  return found === 'unknown' ? { outcome: 'failed', detail: 'unknown' } : { outcome: 'ok', detail: holderText(found) };
};
