import type { Host } from '../../host/port.ts';
import type { KeeperEvent } from '../judgement/events.ts';
import type { KeeperState } from '../judgement/state.ts';

/**
 * Who holds how much of what is compressed, asked while memory is short: the kernel walks all its processes for it, so at most
 * once a minute, and off the loop.
 */

export const shareEveryMs = 60_000;

export interface ShareWatchOptions {
  readonly host: Pick<Host, 'readCompressedShares' | 'clock'>;
  readonly post: (event: KeeperEvent) => void;
  /** Why it is not known, told once for each answer of that kind. */
  readonly warn: (text: string) => void;
}

/** Returns what is to be called after each sample but the fast ones. */
export const createShareWatch = ({ host, post, warn }: ShareWatchOptions): ((state: KeeperState) => void) => {
  let askedMs = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  let told = '';

  const ask = async (read: NonNullable<Host['readCompressedShares']>): Promise<void> => {
    const found = await read();
    isAsking = false;
    if ('largest' in found) return post({ type: 'compressed', shares: found });
    if (found.detail !== told) warn(`who holds what is compressed is not known: ${found.detail}`);
    told = found.detail;
    post({ type: 'compressed', shares: null });
  };

  return ({ level }) => {
    const nowMs = host.clock.nowMs();
    if (host.readCompressedShares === undefined || level.level === 0) return;
    if (isAsking || nowMs - askedMs < shareEveryMs) return;
    askedMs = nowMs;
    isAsking = true;
    void ask(host.readCompressedShares);
  };
};
