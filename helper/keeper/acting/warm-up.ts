import { type Config, MB, type PolicyEntry } from '../../config/config.ts';
import type { ProcessReading } from '../../host/reading.ts';
import { processKey } from '../../host/reading.ts';
import { type Candidate, targetOf } from '../../relief/candidates.ts';
import { initialRelief } from '../../relief/state.ts';
import { decide } from '../judgement/decide.ts';
import type { Reading } from '../judgement/reading.ts';
import type { KeeperState } from '../judgement/state.ts';

/**
 * The judgement has no consequences of its own, so an emergency can be gone through that is not there. A brake that has
 * not been needed for hours is code that V8 has not compiled yet, or has thrown away: the first time costs it several
 * milliseconds, which are those that count (measured: 2 to 8 ms cold, 0.3 when it was warmed up).
 */

const spacingMs = 10;

const entry: PolicyEntry = {
  name: 'warm-up',
  pattern: 'warm-up',
  class: 'freeze_only',
  freezeFloorBytes: 256 * MB,
  group: 'none',
  oracle: null,
  withoutAsking: false,
  ownerUid: null,
};

const processOf = (footprintBytes: number): ProcessReading => ({
  id: { pid: 2, start: 'warm-up' },
  ppid: 1,
  processGroup: null,
  uid: 1000,
  name: 'warm-up',
  command: 'warm-up',
  state: 'running',
  rssBytes: footprintBytes,
  footprintBytes,
  peakFootprintBytes: footprintBytes,
  wiredBytes: null,
  compressedBytes: null,
  cpuMs: 0,
});

/** Four samples by which a hog takes what lies between orange and red in half a second. */
export const warmUpBrake = (state: KeeperState, config: Config): boolean => {
  const { machine } = state;
  if (machine === null) return false;
  const { orange, red } = config.pressure;
  const step = (orange.availableBytes - red.availableBytes) / 50;
  const beganMs = state.lastSampleMs;
  const at = (index: number) => ({
    atMs: beganMs + index * spacingMs,
    availableBytes: orange.availableBytes + (2.5 - index) * step,
    footprintBytes: entry.freezeFloorBytes + index * step,
  });
  const before = [0, 1, 2].map(at);
  const now = at(3);
  const hog = processOf(now.footprintBytes);
  const candidate: Candidate = {
    key: processKey(hog.id),
    entry,
    targets: [targetOf(hog)],
    footprintBytes: hog.footprintBytes,
    isStopped: false,
    denial: null,
    askFirst: [],
    listening: [],
    children: 0,
    label: null,
  };
  const begun: KeeperState = {
    ...state,
    nextSlotMs: now.atMs + 1_000,
    lastSampleMs: now.atMs - spacingMs,
    facts: [],
    configState: 'file',
    cannotAct: [],
    servicesUnknownSinceMs: null,
    recent: before.map(({ atMs, availableBytes }) => ({ atMs, bytes: availableBytes })),
    relief: {
      ...initialRelief(now.atMs),
      choice: 'live',
      choiceOver: config.relief.mode,
      deadman: { state: 'present', foreignTombstones: 0, sinceMs: beganMs },
      candidates: [candidate],
      watched: [
        {
          key: candidate.key,
          ids: [hog.id],
          slow: [],
          fast: before.map(({ atMs, footprintBytes }) => ({ atMs, bytes: footprintBytes })),
        },
      ],
    },
  };
  const reading: Reading = {
    depth: 'fast',
    machine: { ...machine, atMs: now.atMs, availableBytes: now.availableBytes, facts: [] },
    services: [],
    table: null,
    chosen: [hog],
    vanished: [],
    inspections: [],
    signs: null,
  };
  const fired = decide(begun, { nowMs: now.atMs, reading, events: [] }, config);
  const ends = fired.effects.map(({ id }) => ({ type: 'effect' as const, id, outcome: 'ok' as const, detail: '' }));
  decide(fired.state, { nowMs: now.atMs + spacingMs, reading: null, events: ends }, config);
  return fired.effects.some((effect) => effect.kind === 'act');
};
