import type { Config } from '../../config/config.ts';
import type { PushView } from '../../protocol/push.ts';
import type { GatewayView } from '../../protocol/seats.ts';
import type { Input } from '../judgement/events.ts';
import type { KeeperState } from '../judgement/state.ts';
import type { GatewaySocket } from '../server/gateway-socket.ts';
import { gatewayView } from './gateway-view.ts';

/** Views for the gateway: with every slot, which is the keeper's beat to it, and at once when a seat changes. */

export interface GatewayViews {
  /** After each step of the loop. */
  readonly afterStep: (input: Input) => void;
  /** Now, whatever has changed. */
  readonly tell: () => void;
}

export interface GatewayViewOptions {
  readonly gateway: Pick<GatewaySocket, 'publish' | 'pid'>;
  readonly state: () => KeeperState | null;
  readonly config: () => Config;
  /** Absent: alerts are sent nowhere. */
  readonly push?: () => PushView | undefined;
  readonly nowMs: () => number;
}

export const createGatewayViews = ({ gateway, state, config, push, nowMs }: GatewayViewOptions): GatewayViews => {
  let lastSeats: readonly unknown[] = [];
  let lastProbes: readonly unknown[] = [];
  let told = '';

  const tell = (): void => {
    const now = state();
    if (now === null || gateway.pid() === null) return;
    const pushed = push?.();
    const view: GatewayView = {
      ...gatewayView(now, config(), nowMs()),
      ...(pushed === undefined ? {} : { push: pushed }),
    };
    told = JSON.stringify(view.seats);
    gateway.publish(view);
  };

  return {
    tell,
    afterStep: ({ reading }) => {
      const now = state();
      if (now === null || gateway.pid() === null) return;
      const isBeat = reading !== null && reading.depth !== 'fast';
      const isSame = now.seating.seats === lastSeats && now.probing.seats === lastProbes;
      lastSeats = now.seating.seats;
      lastProbes = now.probing.seats;
      if (isBeat) tell();
      else if (!isSame && JSON.stringify(gatewayView(now, config(), 0).seats) !== told) tell();
    },
  };
};
