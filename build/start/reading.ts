import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { statusOutputSchema } from '../../helper/cli/status/output.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { type Place, statusOnceCommand } from './commands.ts';

/** Asks as a user would, with the command line, until a reading with figures comes. Null when given up. */
export async function firstReading(place: Place, signal: AbortSignal): Promise<Status | null> {
  while (!signal.aborted) {
    const status = await askOnce(place, signal);
    if (status?.machine.availableBytes != null) return status;
    await sleep(500, undefined, { signal }).catch(() => {});
  }
  return null;
}

function askOnce(place: Place, signal: AbortSignal): Promise<Status | null> {
  const { command, args, cwd } = statusOnceCommand(place);
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { cwd, env: place.env, signal, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.on('error', () => resolve(null));
    child.on('close', () => {
      try {
        resolve(statusOutputSchema.parse(JSON.parse(text)));
      } catch {
        resolve(null);
      }
    });
  });
}

const gb = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;

export const describeReading = (status: Status): string => {
  const { availableBytes, totalBytes } = status.machine;
  return `${status.level.name}, ${gb(availableBytes ?? 0)} of ${gb(totalBytes)} available`;
};
