import { processKey } from '../../host/reading.ts';
import type { NextVictim } from '../../protocol/index.ts';
import { shortened } from '../../protocol/shortened.ts';
import { nameCharacters } from '../../protocol/values.ts';
import type { KeeperState } from './state.ts';

/** Asked once a minute from yellow up: what is older was not asked again, because memory is no longer short. */
const staleMs = 90_000;

/** Whom the kernel would end first when compressor and swap are full, of those that still run. */
export const nextVictim = (
  { compressed, processes }: Pick<KeeperState, 'compressed' | 'processes'>,
  nowMs: number,
): NextVictim => {
  if (compressed === null || compressed.totalBytes <= 0 || nowMs - compressed.atMs > staleMs) return null;
  const names = new Map((processes?.views ?? []).map(({ process }) => [processKey(process.id), process.name]));
  const found = compressed.largest.find(({ id }) => names.has(processKey(id)));
  if (found === undefined) return null;
  const { id, compressedBytes } = found;
  return {
    pid: id.pid,
    name: shortened(names.get(processKey(id)) ?? '', nameCharacters),
    compressedBytes,
    // Both figures are counted at slightly different moments.
    share: Math.min(compressedBytes / compressed.totalBytes, 1),
  };
};
