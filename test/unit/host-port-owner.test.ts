import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../../helper/config/config.ts';
import { createClock } from '../../helper/host/clock.ts';
import type { PortOwner } from '../../helper/host/port.ts';
import { nameOwners } from '../../helper/keeper/answering/port-owners.ts';
import { createSeatDesk } from '../../helper/keeper/answering/seat-handlers.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import type { ProvenCaller } from '../../helper/keeper/server/proven-caller.ts';
import { requests } from '../../helper/protocol/requests.ts';
import { eventually } from '../fakes/gateway-keeper.ts';

const sentence = '127.0.0.1:2189 is taken by a process of uid 0';
const other = 'The proxy of Codestral cannot listen at 127.0.0.1:1340: another process listens there. It keeps trying.';
const taken = [
  { address: '127.0.0.1:2189', what: 'a process of uid 0' },
  { address: '127.0.0.1:1340', what: 'another process' },
];
const owned: Readonly<Record<string, PortOwner>> = {
  '127.0.0.1:2189': { pid: 812, command: '/usr/bin/$& server' },
  '127.0.0.1:1340': { pid: 4711, command: '' },
};
const portOwner = async (address: string): Promise<PortOwner | null> => owned[address] ?? null;

test('the sentence about an address that is taken says who has it, as far as it is known', async () => {
  assert.deepEqual(await nameOwners({ portOwner }, [sentence, other, 'Something else.'], taken), [
    '127.0.0.1:2189 is taken by /usr/bin/$& server, pid 812',
    'The proxy of Codestral cannot listen at 127.0.0.1:1340: pid 4711 listens there. It keeps trying.',
    'Something else.',
  ]);
  const told = [sentence];
  assert.equal(await nameOwners({}, told, taken), told, 'a host that cannot tell');
  assert.equal(await nameOwners({ portOwner: async () => null }, told, taken), told);
  const long = { portOwner: async () => ({ pid: 1, command: 'x'.repeat(4096) }) };
  assert.ok(((await nameOwners(long, told, taken))[0]?.length ?? 0) < 256);
});

const openDesk = () => {
  const heard: KeeperEvent[] = [];
  const clock = createClock();
  const desk = createSeatDesk({
    host: { services: {} as never, clock, portOwner },
    config: () => defaultConfig,
    state: () => null,
    post: (event) => {
      heard.push(event);
      return null;
    },
    fresh: async () => {},
    audit: () => {},
  });
  const gateway = () => heard.findLast((event) => event.type === 'gateway');
  const told = (args: object) =>
    desk.handlers['gateway.problems'](requests['gateway.problems'].args.parse(args), {} as ProvenCaller);
  return { desk, gateway, told, close: () => clock.close() };
};

test('an address that is not served is not shown: who is connected and listens nowhere, listens nowhere', () => {
  const { desk, gateway, told, close } = openDesk();
  desk.gateway('present');
  assert.equal(gateway()?.listen, '127.0.0.1:2189', 'until it has said');
  told({ problems: ['no'] });
  assert.deepEqual([gateway()?.state, gateway()?.listen], ['present', '']);
  told({ problems: [], listen: '127.0.0.1:40001' });
  assert.equal(gateway()?.listen, '127.0.0.1:40001');
  desk.gateway('missing');
  assert.deepEqual([gateway()?.listen, gateway()?.problems], ['127.0.0.1:2189', []]);
  close();
});

test('what the gateway cannot find out the keeper puts in, unless it was told something else meanwhile', async () => {
  const { gateway, told, close } = openDesk();
  told({ problems: [sentence], taken });
  assert.deepEqual(gateway()?.problems, [sentence], 'at once');
  await eventually(() => gateway()?.problems[0] === '127.0.0.1:2189 is taken by /usr/bin/$& server, pid 812');
  told({ problems: [sentence], taken });
  told({ problems: [], listen: '127.0.0.1:2189' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(gateway()?.problems, []);
  close();
});
