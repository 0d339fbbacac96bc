import { buildExecutable } from '../../../build/executable/executable.ts';
import { freePort } from '../../fakes/model-server-seat.ts';
import type { CleanUp } from '../../fakes/model-server-start.ts';
import { openSeatWorld, type SeatWorld } from '../../fakes/model-server-world.ts';

/** The gateway that ships, with its keeper and a seat that serves. */
export interface Shipped {
  readonly world: SeatWorld;
  readonly seat: string;
  readonly gatewayPid: number;
  readonly proxyPort: number;
}

const seat = 'Bench';

/** `target`: where the seat's proxy passes connections on to; null: to the seat itself. */
export const startShipped = async (t: CleanUp, target: number | null): Promise<Shipped> => {
  const { path: executable } = await buildExecutable();
  const proxyPort = await freePort();
  const lines =
    target === null ? [] : [`proxy = { listen = "127.0.0.1:${proxyPort}", target = "127.0.0.1:${target}" }`];
  const world = await openSeatWorld(t, [{ name: seat, class: 'on_call', lines: [...lines, 'idle = "30 min"'] }]);
  await world.start('supervisor');
  await world.start('keeper', [executable]);
  const gateway = await world.start('gateway', [executable]);
  const answer = await fetch(`${world.api.url}/ensure-loaded/${seat}`, { method: 'POST' });
  if (answer.status !== 200) throw new Error(`the seat is answered ${answer.status}: ${await answer.text()}`);
  return { world, seat, gatewayPid: gateway.pid ?? 0, proxyPort };
};
