import { mkdirSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { limitFromKeeper } from '../../helper/protocol/frame.ts';
import { encodeMessage } from '../../helper/protocol/json.ts';
import { launchApp } from './harness.ts';
import { startKeeper } from './keeper-process.ts';
import { missing, openWorld, type World } from './surroundings.ts';

/** Greets as a keeper of another version, and does nothing more. */
const startForeigner = async (world: World, protocol: number, version: string): Promise<() => Promise<void>> => {
  mkdirSync(world.runDirectory, { recursive: true, mode: 0o755 });
  const open = new Set<Socket>();
  const greeting = {
    type: 'greeting',
    nonce: 'a'.repeat(64),
    protocol: { oldest: protocol, newest: protocol },
    version,
  };
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.write(encodeMessage(greeting, limitFromKeeper));
  });
  await new Promise<void>((resolve) => server.listen(path.join(world.runDirectory, 'castellan.sock'), resolve));
  const close = (): Promise<void> => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  world.defer(close);
  return close;
};

describe('a keeper of another version', { skip: missing, timeout: 120_000 }, () => {
  test('older, newer and the same: the popover says which, and follows without a restart', async (t) => {
    const world = await openWorld(t);
    const closeOlder = await startForeigner(world, 0, '0.0.9');
    const app = await launchApp(world);
    const page = await app.open();
    const screen = (kind: string) => page.locator(`[data-testid=state-screen][data-kind=${kind}]`);
    await screen('helper_older').getByText('0.0.9').waitFor();
    await app.shoot(page, 'helper-older');
    await closeOlder();

    const closeNewer = await startForeigner(world, 99, '7.0.0');
    await screen('helper_newer').getByText('7.0.0').waitFor({ timeout: 10_000 });
    await app.shoot(page, 'helper-newer');
    await closeNewer();

    await startKeeper(world, 'sim');
    await page.waitForSelector('[data-testid=level]:not([data-level=unknown])', { timeout: 10_000 });
  });
});
