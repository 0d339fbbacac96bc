import type { Host } from '../../host/port.ts';
import { shortened } from '../../protocol/shortened.ts';

/** Puts into sentences of the gateway who has an address: that has given its rights up, and the keeper has not. */

const mostCharacters = 80;

/**
 * @param taken addresses that others have, and the words that stand for them in the sentences
 * @returns the sentences, the very same where nothing more is known of anybody
 */
export const nameOwners = async (
  host: Pick<Host, 'portOwner'>,
  problems: readonly string[],
  taken: readonly { readonly address: string; readonly what: string }[],
): Promise<readonly string[]> => {
  let named = problems;
  for (const { address, what } of taken) {
    const owner = (await host.portOwner?.(address)) ?? null;
    if (owner === null) continue;
    const words = [shortened(owner.command, mostCharacters), `pid ${owner.pid}`]
      .filter((word) => word !== '')
      .join(', ');
    named = named.map((text) => (text.includes(address) ? text.replace(what, () => words) : text));
  }
  return named;
};
