import * as z from 'zod/mini';
import { defaultConfig, type PolicyEntry, type ReliefConfig, type ShedService } from './config.ts';
import { choice, count, pattern, quantity, word, yesNo } from './fields.ts';
import { runtime, toRuntime } from './schema-runtime.ts';
import { launchdDomain, launchdLabel, name, oracle } from './words.ts';

/** The tables [relief], [[relief.entry]] and [[relief.service]] of castellan.toml; [[relief.runtime]] has a file of its own. */

const most = 64;
const mostRuntimes = 8;
/** Below this a process is no hog, whatever it does. */
const leastFloor = '256 MB';
/** The largest uid that is not one of the two invalid ones. */
const mostUid = 4_294_967_293;

const entry = z
  .strictObject({
    name: name('LM Studio', 'What the entry is called everywhere.'),
    pattern: pattern('pattern', '\\.lmstudio/', 'Regular expression (RE2), searched in the whole command line.'),
    class: choice(
      ['freeze_only', 'kill_allowed'],
      'class',
      'freeze_only: may be stopped and resumed. kill_allowed: its end may also be proposed to the operator.',
    ),
    freeze_floor: quantity('size', 'freeze_floor', 'Smaller footprints are left alone; of a group, the sum.', {
      least: leastFloor,
    }),
    kill_floor: z.optional(
      quantity('size', 'kill_floor', 'No end is proposed below this footprint. Default: the freeze_floor.', {
        least: leastFloor,
      }),
    ),
    group: z.optional(
      choice(
        ['none', 'tree', 'pgid'],
        'group',
        'What is frozen with a match. none: nothing else. tree: its descendants. pgid: its process group.',
      ),
    ),
    oracle: z.optional(oracle),
    without_asking: z.optional(
      yesNo(
        'without_asking',
        'Freeze it unasked although it listens, runs virtual machines, offers Mach services or is an oracle.',
      ),
    ),
    owner_uid: z.optional(
      count('owner_uid', 88, mostUid, 'Processes of this account are meant although it is no login user’s.'),
    ),
    pre_authorised: z.optional(
      yesNo('pre_authorised', 'kill_allowed only: ended on red without asking when it leaks. Default false.'),
    ),
  })
  .register(z.globalRegistry, {
    description: 'Processes that may be acted upon; the first entry that matches counts.',
  });

const service = z
  .strictObject({
    label: word(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\*?$/,
      'a launchd label, or its beginning and an asterisk',
      'label',
      'com.sanctum.kiwix-serve',
      'launchd label of the service; with an asterisk at the end all that are loaded and begin so.',
    ),
    domain: z.optional(launchdDomain('launchd domain of the service. Default "system".')),
    at: choice(
      ['ladder_1', 'yellow', 'orange'],
      'at',
      'When it is shed; it is brought back once memory has been calm. ladder_1: an Apple background service.',
    ),
  })
  .register(z.globalRegistry, { description: 'A service that may be shed (booted out).' });

export const relief = z
  .strictObject({
    mode: z.optional(choice(['dry_run', 'live'], 'mode', 'dry_run: only say what would be done.')),
    purge: z.optional(
      choice(['off', 'ask', 'automatic'], 'purge', 'Flushing disk caches: never, asked first, or by itself.'),
    ),
    depends_on: z.optional(
      z
        .array(launchdLabel('depends_on', 'com.sanctum.valve', 'launchd label.'))
        .check(z.maxLength(most))
        .register(z.globalRegistry, {
          description: 'Labels of services that this policy counts on; one that is missing is an error that is shown.',
        }),
    ),
    entry: z.optional(
      z
        .array(entry)
        .check(z.maxLength(most))
        .register(z.globalRegistry, { description: 'What may be acted upon, one [[relief.entry]] each.' }),
    ),
    service: z.optional(
      z
        .array(service)
        .check(z.maxLength(most))
        .register(z.globalRegistry, { description: 'What may be shed, one [[relief.service]] each.' }),
    ),
    runtime: z.optional(
      z.array(runtime).check(z.maxLength(mostRuntimes)).register(z.globalRegistry, {
        description: 'Runtimes whose models may be unloaded, one [[relief.runtime]] each.',
      }),
    ),
  })
  .register(z.globalRegistry, { description: 'What Castellan does when memory is short.' });

const toEntry = (one: z.output<typeof entry>): PolicyEntry => {
  const base = {
    name: one.name,
    pattern: one.pattern,
    freezeFloorBytes: one.freeze_floor,
    group: one.group ?? 'none',
    oracle: one.oracle ?? null,
    withoutAsking: one.without_asking ?? false,
    ownerUid: one.owner_uid ?? null,
  };
  return one.class === 'freeze_only'
    ? { ...base, class: 'freeze_only' }
    : {
        ...base,
        class: 'kill_allowed',
        killFloorBytes: one.kill_floor ?? one.freeze_floor,
        preAuthorised: one.pre_authorised ?? false,
      };
};

const toService = ({ label, at, domain }: z.output<typeof service>): ShedService =>
  domain === undefined ? { label, at } : { label, at, domain };

/** Fills in the defaults. */
export const toRelief = (written: z.output<typeof relief> | undefined): ReliefConfig => {
  const known = defaultConfig.relief;
  return {
    mode: written?.mode ?? known.mode,
    purge: written?.purge ?? known.purge,
    dependsOn: written?.depends_on ?? known.dependsOn,
    entries: (written?.entry ?? []).map(toEntry),
    services: written?.service?.map(toService) ?? known.services,
    runtimes: (written?.runtime ?? []).map(toRuntime),
  };
};
