import type { ShedService } from '../config/config.ts';
import type { ProcessReading } from '../host/reading.ts';
import type { Level } from '../memory/level.ts';
import { size } from '../protocol/figures.ts';
import type { PassedOver } from '../protocol/index.ts';
import type { Cause, Target } from './acts.ts';
import { targetOf } from './candidates.ts';
import { type Found, isSuppressed, type Option, pass, suppressed, triesOf } from './option.ts';
import { targetKeyOf } from './plan-identity.ts';
import { footprintOf, treeBelow } from './process-tree.ts';
import { leastBytes } from './receipts.ts';
import { deniedService, labelsOf } from './service-labels.ts';
import type { ReliefState } from './state.ts';
import type { World } from './world.ts';

/** Services the operator listed, in the order in which they would be shed. */

/** Its own process first, then everything below it. */
const treeOf = ({ services, processes }: World, label: string): readonly ProcessReading[] => {
  const pid = services.get(label);
  if (pid === undefined || pid === null) return [];
  return treeBelow(processes, pid);
};

export const footprintOfService = (world: World, label: string): number => footprintOf(treeOf(world, label));

export const targetsOfService = (world: World, label: string): readonly Target[] => treeOf(world, label).map(targetOf);

/** In which places of the order a service may be shed now. */
const shedPlaces = (level: Level, step: 0 | 1 | 2 | 3): readonly ShedService['at'][] => [
  ...(level >= 2 ? (['orange'] as const) : []),
  ...(level >= 1 ? (['yellow'] as const) : []),
  // On a large machine the first step of the ladder comes long before yellow: by itself it is no reason to act.
  ...(step >= 2 || (step === 1 && level >= 1) ? (['ladder_1'] as const) : []),
];

const shedCause = (at: ShedService['at']): Cause => {
  if (at === 'ladder_1') return { kind: 'ladder', step: 1 };
  return { kind: 'level', atLeast: at === 'orange' ? 2 : 1 };
};

const whenWords = (at: ShedService['at']): string =>
  at === 'ladder_1' ? 'on the ladder of gentle actions' : `at ${at}`;

const shedOption = ({ label, at }: ShedService, world: World): Option => {
  const bytes = footprintOfService(world, label);
  return {
    act: { verb: 'shed', label, at, targets: targetsOfService(world, label) },
    reason: `${label} holds ${size(bytes)} and may be shed ${whenWords(at)}.`,
    cause: shedCause(at),
    expected: { counter: 'footprint', bytes, bytesPerSecond: 0 },
    impact: [],
    ask: null,
    name: label,
  };
};

/**
 * Rows that mean several are opened out; what is a seat's or stands in for one, is counted on, or is named by a row of its own, is
 * not meant by them. What two rows mean is shed as the first says.
 */
const servicesMeant = ({ config, services }: World): readonly ShedService[] => {
  const rows = config.relief.services;
  const taken = new Set([
    ...rows.map(({ label }) => label),
    ...config.relief.dependsOn,
    ...config.seats.flatMap(({ label, fallback }) => (fallback === null ? [label] : [label, fallback])),
  ]);
  const meant = new Map<string, ShedService>();
  for (const row of rows)
    for (const label of labelsOf(row.label, services.keys()))
      if (label === row.label || (!taken.has(label) && !meant.has(label))) meant.set(label, { ...row, label });
  return [...meant.values()];
};

export const shedOptions = (relief: ReliefState, world: World): Found => {
  const options: { readonly option: Option; readonly place: number; readonly index: number }[] = [];
  const passedOver: PassedOver[] = [];
  const places = shedPlaces(world.level, relief.ladder.step);
  for (const [index, service] of servicesMeant(world).entries()) {
    const { label, at } = service;
    const pid = world.services.get(label);
    const denied = deniedService(label);
    if (isSuppressed(relief, label)) passedOver.push(suppressed(label));
    else if (denied !== null) passedOver.push(pass(label, 'denied', denied));
    else if (pid === undefined) passedOver.push(pass(label, 'not_loaded', 'the service is not loaded'));
    else if (pid === null) passedOver.push(pass(label, 'not_running', 'the service is loaded and does not run'));
    else if (!places.includes(at)) passedOver.push(pass(label, 'not_yet', `it is shed ${whenWords(at)}`));
    else options.push({ option: shedOption(service, world), place: places.indexOf(at), index });
  }
  // What has not been tried comes before what did not help once; within a place as the operator wrote it.
  const tries = ({ option }: { readonly option: Option }): number => triesOf(relief, targetKeyOf(option.act));
  // What holds less than would count as help comes after what holds more.
  const isTrifle = ({ option }: { readonly option: Option }): number => Number(option.expected.bytes < leastBytes);
  const ordered = options.sort(
    (a, b) => tries(a) - tries(b) || a.place - b.place || isTrifle(a) - isTrifle(b) || a.index - b.index,
  );
  return { options: ordered.map(({ option }) => option), passedOver };
};
