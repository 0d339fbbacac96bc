/** One process that has memory files open. */
export interface Holder {
  readonly pid: number;
  /** Start of the process, clock ticks: the oldest holder is charged. */
  readonly startTicks: number;
  /** Key of the file behind each descriptor. */
  readonly files: ReadonlyMap<number, string>;
  /** Keys of files it maps as well, or 'unknown' when its maps could not be read. */
  readonly maps: ReadonlySet<string> | 'unknown';
  /** Resident shared memory it maps, bytes: the kernel charges that to it already. */
  readonly shmemBytes: number;
}

const isOlder = (a: Holder, b: Holder): boolean =>
  a.startTicks !== b.startTicks ? a.startTicks < b.startTicks : a.pid < b.pid;

const mapsFile = (holder: Holder, key: string): boolean =>
  holder.maps === 'unknown' ? holder.shmemBytes > 0 : holder.maps.has(key);

/**
 * Bytes to add to each holder's footprint for files it holds and does not map.
 *
 * A file counts once however many hold it: for a holder that maps it, whose RssShmem has the resident part already,
 * else for the oldest holder, who made it or gave birth to those that inherited it. Of mapped files only what exceeds
 * all of the mapper's RssShmem is added: pages that were written through the descriptor and never touched.
 */
export const chargeFiles = (
  holders: Iterable<Holder>,
  bytesOf: (key: string) => number,
): ReadonlyMap<number, number> => {
  const owners = new Map<string, { readonly holder: Holder; readonly maps: boolean }>();
  for (const holder of holders)
    for (const key of new Set(holder.files.values())) {
      const maps = mapsFile(holder, key);
      const owner = owners.get(key);
      const takesOver = owner === undefined || (maps !== owner.maps ? maps : isOlder(holder, owner.holder));
      if (takesOver) owners.set(key, { holder, maps });
    }

  const held = new Map<number, number>();
  const mapped = new Map<Holder, number>();
  for (const [key, { holder, maps }] of owners)
    if (maps) mapped.set(holder, (mapped.get(holder) ?? 0) + bytesOf(key));
    else held.set(holder.pid, (held.get(holder.pid) ?? 0) + bytesOf(key));
  for (const [holder, bytes] of mapped) {
    const untouched = Math.max(0, bytes - holder.shmemBytes);
    if (untouched > 0) held.set(holder.pid, (held.get(holder.pid) ?? 0) + untouched);
  }
  return held;
};
