import type { ContainerLook, PortLook } from '../adapters/docker-wire.ts';
import { mostKnownPorts } from '../adapters/docker-wire.ts';

/**
 * "The container is healthy and the port of this machine is closed": a state of its own, which neither the engine nor the
 * container knows of. It happens when whatever forwards ports out of the virtual machine has died.
 */

/** A single refusal is a program that starts. */
const closedLooks = 2;

export interface PortState extends Pick<PortLook, 'host' | 'port'> {
  readonly container: string;
  /** It said so itself; false: it has no check of its own health, and runs. */
  readonly isHealthy: boolean;
  readonly openSinceMs: number | null;
  /** Looks in a row at which it was refused, since the last restart. */
  readonly refusals: number;
  /** Found closed, and not open since: also while the machine of its container starts anew. */
  readonly isTold: boolean;
}

export const isClosed = ({ refusals }: PortState): boolean => refusals >= closedLooks;

/** Refused once: looked at again soon. */
export const isDoubtful = ({ refusals }: PortState): boolean => refusals > 0 && refusals < closedLooks;

const observe = (before: PortState, open: boolean | null, nowMs: number): PortState => {
  if (open === null) return before;
  if (open) return { ...before, openSinceMs: before.openSinceMs ?? nowMs, refusals: 0, isTold: false };
  const refusals = Math.min(closedLooks, before.refusals + 1);
  return { ...before, openSinceMs: null, refusals, isTold: before.isTold || refusals === closedLooks };
};

const sameAs =
  ({ host, port }: Pick<PortLook, 'host' | 'port'>) =>
  (each: PortState): boolean =>
    each.host === host && each.port === port;

/** Whether its ports should be open; null: not yet, or it says itself that it is not well, which is no affair of a port. */
const standing = ({ health, isPaused }: ContainerLook, wasThere: boolean): 'healthy' | 'runs' | null => {
  if (isPaused) return null;
  if (health === 'healthy') return 'healthy';
  return health === 'none' && wasThere ? 'runs' : null;
};

/** @param wasThere whether this run of it was seen at an earlier look */
export const observePorts = (
  before: readonly PortState[],
  looks: readonly { readonly look: ContainerLook; readonly wasThere: boolean }[],
  nowMs: number,
): readonly PortState[] =>
  looks
    .flatMap(({ look, wasThere }) => {
      const stands = standing(look, wasThere);
      // It starts, or is not well: what was found before stays until it can be looked at again.
      if (stands === null) return before.filter(({ container, isTold }) => isTold && container === look.name);
      return look.ports.map((port): PortState => {
        const old = before.find(sameAs(port));
        const fresh = { host: port.host, port: port.port, openSinceMs: null, refusals: 0, isTold: false };
        const known = old?.container === look.name ? old : fresh;
        return observe({ ...known, container: look.name, isHealthy: stands === 'healthy' }, port.open, nowMs);
      });
    })
    .slice(0, mostKnownPorts);

/** No engine answers: what was published when one did is all that is known. */
export const observeKnownPorts = (
  before: readonly PortState[],
  looks: readonly PortLook[],
  nowMs: number,
): readonly PortState[] =>
  before.map((state) => observe(state, looks.find((look) => sameAs(look)(state))?.open ?? null, nowMs));
