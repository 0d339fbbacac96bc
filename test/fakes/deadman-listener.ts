import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { placesIn } from '../../helper/deadman/places.ts';
import { startServer } from '../../helper/deadman/server.ts';

/** The deadman's real socket in a run directory, with nobody behind it. */
export const listenAsDeadman = async (t: TestContext, runDirectory: string): Promise<void> => {
  const started = await startServer({
    path: placesIn(runDirectory).socket,
    onHello: () => true,
    onMessage: () => {},
    onGone: () => {},
  });
  assert.ok(started.ok);
  t.after(() => started.server.close());
};
