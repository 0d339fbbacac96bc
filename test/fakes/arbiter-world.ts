import {
  type ArbiterState,
  type ArbiterStep,
  type ArbiterWorld,
  answerArbiter,
  initialArbiter,
  stepArbiter,
  wantedTargets,
} from '../../helper/arbiter/arbiter.ts';
import type { BandedProcess, OwnProcess } from '../../helper/arbiter/targets.ts';
import { type BandRule, defaultConfig, GB, type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import type { BandName, BandResult, GpuLimit } from '../../helper/host/port.ts';
import { processKey } from '../../helper/host/reading.ts';

/** A machine with bands and a limit of its GPU, on which a test plays the kernel and everybody else. */

export const seatOf = (change: Partial<SeatConfig> & Pick<SeatConfig, 'name'>): SeatConfig => ({
  ...seatDefaults,
  class: 'on_call',
  label: `com.example.${change.name}`,
  peakBytes: 14 * GB,
  ...change,
});

export interface Being {
  readonly pid: number;
  readonly start?: string;
  readonly command: string;
  readonly seat?: string;
  readonly isZombie?: boolean;
}

export const processOf = ({ pid, start = 's', command, seat, isZombie }: Being): BandedProcess => ({
  process: { id: { pid, start }, command, state: isZombie === true ? 'zombie' : 'running' },
  seat: seat ?? null,
});

export interface Place {
  seats: readonly SeatConfig[];
  rules: readonly BandRule[];
  wiredLimitBytes: number | null;
  own: readonly OwnProcess[];
  processes: readonly BandedProcess[];
  /** By `processKey`; who is not in it has ended. */
  readonly bands: Map<string, BandName | null>;
  gpu: GpuLimit;
  mayAct: boolean;
  /** Says no to whoever it returns a word for. */
  refuse: (key: string) => string | null;
}

export interface ArbiterDrive {
  readonly place: Place;
  readonly state: () => ArbiterState;
  readonly nowMs: () => number;
  /** Adds a process with the band it is born with. */
  readonly born: (being: Being, band?: BandName | null) => void;
  readonly gone: (pid: number) => void;
  /** One slot: reads what was asked for before, judges, and carries out what it wishes at once. */
  readonly slot: (options?: { readonly carriesOut?: boolean }) => ArbiterStep;
  readonly slots: (count: number) => readonly ArbiterStep[];
}

const slotMs = 2_000;

export const driveArbiter = (change: Partial<Omit<Place, 'bands'>> = {}): ArbiterDrive => {
  const place: Place = {
    seats: [],
    rules: [],
    wiredLimitBytes: null,
    own: [],
    processes: [],
    gpu: { kind: 'not_evaluated', why: 'This machine has none.' },
    mayAct: true,
    refuse: () => null,
    ...change,
    bands: new Map(),
  };
  let state = initialArbiter;
  let nowMs = 0;

  const read = (key: string): BandResult => {
    const band = place.bands.get(key);
    if (band === undefined) return { ok: false, problem: 'vanished', detail: 'it has ended' };
    return { ok: true, band, raw: band === null ? 42 : 7 };
  };

  const carryOut = ({ wishes }: ArbiterStep): void => {
    for (const wish of wishes) {
      const key = wish.kind === 'band' ? processKey(wish.target) : 'gpu';
      const answer = (outcome: 'ok' | 'failed' | 'withdrawn', detail: string): void => {
        state = answerArbiter(state, wish, { outcome, detail, nowMs: nowMs + 1 });
      };
      const no = place.refuse(key);
      if (no !== null) answer('failed', no);
      else if (wish.kind === 'gpu_limit') {
        place.gpu = { kind: 'limit', bytes: wish.bytes, isSystemPolicy: wish.bytes === 0 };
        answer('ok', '');
      } else if (!place.bands.has(key)) answer('withdrawn', 'it has ended');
      else {
        place.bands.set(key, wish.band);
        answer('ok', '');
      }
    }
  };

  let configured: { readonly key: string; readonly config: ArbiterWorld['config'] } | null = null;
  const configOf = (): ArbiterWorld['config'] => {
    const { seats, rules: bands, wiredLimitBytes } = place;
    const key = JSON.stringify([seats, bands, wiredLimitBytes]);
    if (configured?.key !== key)
      configured = { key, config: { ...defaultConfig, seats, bands, gpu: { wiredLimitBytes } } };
    return configured.config;
  };

  const slot: ArbiterDrive['slot'] = ({ carriesOut = true } = {}) => {
    nowMs += slotMs;
    const bands = wantedTargets(state, nowMs).map((id) => ({ id, found: read(processKey(id)) }));
    const step = stepArbiter(state, {
      nowMs,
      config: configOf(),
      processes: place.processes,
      own: place.own,
      signs: { bands, gpuLimit: place.gpu },
      mayAct: place.mayAct,
    });
    state = step.state;
    if (carriesOut) carryOut(step);
    return step;
  };

  return {
    place,
    state: () => state,
    nowMs: () => nowMs,
    born: (being, band = 'DEFAULT') => {
      const row = processOf(being);
      place.processes = [...place.processes, row];
      place.bands.set(processKey(row.process.id), band);
    },
    gone: (pid) => {
      for (const { process } of place.processes.filter((each) => each.process.id.pid === pid))
        place.bands.delete(processKey(process.id));
      place.processes = place.processes.filter(({ process }) => process.id.pid !== pid);
    },
    slot,
    slots: (count) => Array.from({ length: count }, () => slot()),
  };
};
