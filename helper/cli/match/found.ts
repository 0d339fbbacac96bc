import * as z from 'zod/mini';
import type { Config, PolicyEntry } from '../../config/config.ts';
import type { Host, Inspection } from '../../host/port.ts';
import type { ProcessReading } from '../../host/reading.ts';
import { withAncestors } from '../../relief/candidates.ts';
import { askFirstReasons, denialOf, loginUidsFrom } from '../../relief/denials.ts';
import { entryOf } from '../../relief/patterns.ts';
import { membershipOf } from '../../seats/membership.ts';

/** What a pattern matches on this machine now, and what would become of it. */

export const matchSchema = z.strictObject({
  pid: z.int(),
  name: z.string(),
  command: z.string(),
  uid: z.int(),
  footprintBytes: z.number(),
  rssBytes: z.number(),
  /** Seat that it belongs to, as far as the configuration and this machine's services tell. */
  seat: z.nullable(z.string()),
  /** Why it is never acted upon, whatever the configuration says; null: nothing forbids it. */
  denied: z.nullable(z.strictObject({ code: z.string(), text: z.string() })),
  /** Why the operator would be asked first. */
  askFirst: z.array(z.string()),
  /** Entry of the configuration that it belongs to now; null: none. */
  entry: z.nullable(z.string()),
  /** Whether its footprint reaches the floors of that entry; null: no entry, or one that is freeze_only. */
  aboveFreezeFloor: z.nullable(z.boolean()),
  aboveKillFloor: z.nullable(z.boolean()),
});
export type Match = z.infer<typeof matchSchema>;

export const matchOutputSchema = z.strictObject({
  pattern: z.string(),
  /** The configuration that was looked into; null: none. */
  config: z.nullable(z.string()),
  /** Largest footprint first. */
  matches: z.array(matchSchema),
  /** Program that is never acted upon and that the pattern means, so that no configuration may have it; null: none. */
  refused: z.nullable(z.string()),
});
export type MatchOutput = z.infer<typeof matchOutputSchema>;

/** A closer look costs milliseconds; what is small is no candidate. */
const maxInspections = 50;

/** What an entry with this pattern alone would say. */
const bareEntry = (pattern: string): PolicyEntry => ({
  name: pattern,
  pattern,
  class: 'freeze_only',
  freezeFloorBytes: 0,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
});

export const findMatches = (
  host: Host,
  pattern: string,
  matches: (command: string) => boolean,
  config: Config | null,
  pid: number,
): readonly Match[] => {
  const { processes } = host.readProcesses();
  // Who asks with a pattern has it in his own command line, and so may what he was started from.
  const own = withAncestors([pid], processes);
  const members = membershipOf(processes, host.services.pids(), config?.seats ?? []);
  const found = processes
    .filter((each) => !own.has(each.id.pid) && matches(each.command))
    .sort((a, b) => b.footprintBytes - a.footprintBytes || a.id.pid - b.id.pid);
  return found.map((process, i): Match => {
    const inspection = i < maxInspections ? inspect(host, process) : null;
    const entry = config === null ? null : entryOf(config.relief.entries, process.command);
    const seat = members.get(process.id.pid) ?? null;
    return {
      pid: process.id.pid,
      name: process.name,
      command: process.command,
      uid: process.uid,
      footprintBytes: process.footprintBytes,
      rssBytes: process.rssBytes,
      seat: seat?.name ?? null,
      denied: denialOf(process, {
        own,
        seat: seat === null ? null : { name: seat.name, class: seat.class, state: 'ready' },
        inspection,
        ownerUid: entry?.ownerUid ?? null,
        firstLoginUid: loginUidsFrom(host.kind),
      }),
      askFirst: [...askFirstReasons(entry ?? bareEntry(pattern), inspection, null)],
      entry: entry?.name ?? null,
      aboveFreezeFloor: entry === null ? null : process.footprintBytes >= entry.freezeFloorBytes,
      aboveKillFloor: entry?.class === 'kill_allowed' ? process.footprintBytes >= entry.killFloorBytes : null,
    };
  });
};

const inspect = (host: Host, process: ProcessReading): Inspection | null => {
  const seen = host.inspect(process.id);
  return 'sensor' in seen ? null : seen;
};
