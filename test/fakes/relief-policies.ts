import fc from 'fast-check';
import { type Config, GB, type PolicyEntry } from '../../helper/config/config.ts';
import { seats } from './relief-cast.ts';
import { freezeEntry, killEntry, liveConfig } from './relief-world.ts';

/** Policies of all shapes for the cast of `relief-cast.ts`: sensible ones, and such as nobody should write. */

const entry: fc.Arbitrary<PolicyEntry> = fc
  .record({
    isKill: fc.boolean(),
    group: fc.constantFrom('none' as const, 'none' as const, 'tree' as const, 'pgid' as const),
    pattern: fc.constantFrom('/hog', '/hog', '/hog|/vm', '/vm', '/', 'worker|hog', '/mlx|/hog'),
    withoutAsking: fc.boolean(),
    ownerUid: fc.constantFrom(null, null, 0),
    oracle: fc.constantFrom(null, null, null, 'hosts the council gateway'),
    preAuthorised: fc.boolean(),
    floorGb: fc.constantFrom(1, 1, 1, 4),
  })
  .map(({ isKill, preAuthorised, floorGb, ...rest }) => {
    const base = { ...rest, freezeFloorBytes: floorGb * GB };
    return isKill
      ? killEntry({ ...base, name: `kill ${rest.pattern}`, killFloorBytes: 2 * GB, preAuthorised })
      : freezeEntry({ ...base, name: `freeze ${rest.pattern}` });
  });

const plain: fc.Arbitrary<readonly PolicyEntry[]> = fc
  .record({
    group: fc.constantFrom('none' as const, 'tree' as const, 'pgid' as const),
    withoutAsking: fc.boolean(),
    preAuthorised: fc.boolean(),
    isKill: fc.boolean(),
  })
  .map(({ group, withoutAsking, preAuthorised, isKill }) => [
    isKill
      ? killEntry({ group, withoutAsking, preAuthorised, pattern: '/hog', killFloorBytes: 2 * GB })
      : freezeEntry({ group, withoutAsking }),
    killEntry({ withoutAsking, preAuthorised, killFloorBytes: 2 * GB }),
  ]);
/** First match wins: what is wild comes first. */
const wild: fc.Arbitrary<readonly PolicyEntry[]> = fc
  .tuple(fc.array(entry, { minLength: 1, maxLength: 3 }), plain)
  .map(([entries, rest]) => [...entries, ...rest]);

export const config: fc.Arbitrary<Config> = fc
  .record({
    entries: fc.oneof({ weight: 3, arbitrary: plain }, { weight: 1, arbitrary: wild }),
    isLive: fc.constantFrom(true, true, true, true, true, true, false),
    purge: fc.constantFrom('off' as const, 'off' as const, 'ask' as const, 'automatic' as const),
    agent: fc.constantFrom('orange' as const, 'yellow' as const, 'ladder_1' as const, null),
    index: fc.constantFrom('yellow' as const, 'orange' as const, null, null),
    seats: fc.constantFrom(seats, seats, seats, seats.slice(0, 2)),
  })
  .map(({ entries, isLive, purge, agent, index, seats: of }) => {
    const services = [
      ...(agent === null ? [] : [{ label: 'com.agent', at: agent }]),
      ...(index === null ? [] : [{ label: 'com.index', at: index }]),
    ];
    return liveConfig({ entries, mode: isLive ? 'live' : 'dry_run', purge, services }, { seats: of });
  });
