import type { HostKind } from '../../host/port.ts';
import type { ServiceManager } from '../../host/service-manager.ts';
import { daemonLabel } from '../../install/daemon-plists.ts';
import { type Failure, failure } from '../../protocol/errors.ts';

/**
 * Where launchd runs the keeper, it runs the gateway, too, and says which process that is: another one of the same account is
 * not it. A keeper that somebody started by hand has the account alone to go by.
 */

export interface GatewayCheckOptions {
  readonly hostKind: HostKind;
  readonly services: Pick<ServiceManager, 'print'>;
  /** Of this process. */
  readonly pid: number;
}

type Job =
  | { readonly kind: 'pid'; readonly pid: number | null }
  | { readonly kind: 'unknown'; readonly detail: string };

/** launchd's label of this gateway; null: launchd does not run this keeper. */
type Label = { readonly label: string | null } | { readonly unknown: string };

/** What `gateway.sock` asks of who connects; undefined: nothing but its account. */
export const createGatewayCheck = ({
  hostKind,
  services,
  pid: ownPid,
}: GatewayCheckOptions): ((pid: number) => Promise<Failure | null>) | undefined => {
  if (hostKind !== 'darwin') return undefined;
  let known: { readonly label: string | null } | null = null;

  const jobOf = async (label: string): Promise<Job> => {
    const printed = await services.print(label);
    if (printed.ok) return { kind: 'pid', pid: printed.job.pid };
    return printed.problem === 'absent' ? { kind: 'pid', pid: null } : { kind: 'unknown', detail: printed.detail };
  };

  /** Asked once: a process does not become launchd's, and does not cease to be. */
  const findLabel = async (): Promise<Label> => {
    if (known !== null) return known;
    for (const isDevelopment of [false, true]) {
      const job = await jobOf(daemonLabel('keeper', isDevelopment));
      if (job.kind === 'unknown') return { unknown: job.detail };
      if (job.pid === ownPid) {
        known = { label: daemonLabel('gateway', isDevelopment) };
        return known;
      }
    }
    known = { label: null };
    return known;
  };

  const refuse = (detail: string): Failure => failure('client_untrusted', detail);

  return async (pid) => {
    const found = await findLabel();
    if ('unknown' in found) return refuse(`launchd does not tell whom it runs: ${found.unknown}`);
    if (found.label === null) return null;
    const job = await jobOf(found.label);
    if (job.kind === 'unknown') return refuse(`launchd does not tell whom it runs: ${job.detail}`);
    return job.pid === pid ? null : refuse(`pid ${pid} is not ${found.label}, which is ${job.pid ?? 'not running'}`);
  };
};
