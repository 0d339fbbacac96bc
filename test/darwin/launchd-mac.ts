import { setTimeout as sleep } from 'node:timers/promises';
import { createDarwinHost } from '../../helper/host/darwin/host.ts';
import type { Host } from '../../helper/host/port.ts';
import { createSimHost, type SimHost } from '../../helper/host/sim/host.ts';
import { createStandIn, type StandIn } from '../fakes/libsystem.ts';
import { createLaunchctlStandIn, type LaunchctlStandIn } from '../fakes/service-launchctl.ts';
import { still } from '../unit/sim-tools.ts';

/** A Mac on the stand-in libSystem whose launchctl behaves as it does, in virtual time. */

export const label = 'com.sanctum.mlx-codestral';

export interface Mac {
  readonly sim: SimHost;
  readonly stand: StandIn;
  readonly launchctl: LaunchctlStandIn;
  readonly host: Host;
}

export const openMac = (): Mac => {
  const sim = createSimHost({ scenario: still() });
  const stand = createStandIn(sim);
  const launchctl = createLaunchctlStandIn(sim);
  return {
    sim,
    stand,
    launchctl,
    host: createDarwinHost({ ...stand, uid: 0, clock: sim.clock, runLaunchctl: launchctl.run }),
  };
};

/** Time passes, and what was asked of launchctl meanwhile is answered. */
export const look = async (sim: SimHost): Promise<void> => {
  sim.advance(500);
  await sleep(2);
};

export const problemOf = (result: { readonly ok: boolean; readonly problem?: string }): string =>
  result.ok ? 'ok' : (result.problem ?? '');
