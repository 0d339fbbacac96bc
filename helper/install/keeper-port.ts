import { randomBytes } from 'node:crypto';
import { connect } from '../cli/client.ts';
import { placesIn } from '../deadman/places.ts';
import { resumeLeftovers } from '../keeper/acting/leftovers.ts';
import type { VerbResult } from '../protocol/verbs.ts';

/** How the installer meets the keeper it started, or is about to end. Root trusts root alone. */

const owner = { kind: 'root' } as const;

/** Health is the handshake: what launchd says of a job does not tell whether it answers. */
export const greets = async (runDirectory: string): Promise<string | null> => {
  const connected = await connect(runDirectory, { owner });
  if (!connected.ok) return `${connected.failure.message} ${connected.failure.detail}`.trim();
  connected.client.close();
  return null;
};

export const partFrom =
  (removeData: boolean) =>
  async (runDirectory: string): Promise<VerbResult<'keeper.remove'> | null> => {
    const connected = await connect(runDirectory, { owner });
    if (!connected.ok) return null;
    try {
      const answer = await connected.client.request('keeper.remove', { removeData });
      return answer.ok ? answer.result : null;
    } finally {
      connected.client.close();
    }
  };

export const resumeAll =
  (say: (line: string) => void) =>
  (runDirectory: string): Promise<void> =>
    resumeLeftovers({
      places: placesIn(runDirectory),
      instance: randomBytes(16).toString('hex'),
      warn: say,
      notice: say,
    });
