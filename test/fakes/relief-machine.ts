import { GB, MB } from '../../helper/config/config.ts';
import type { Inspection } from '../../helper/host/port.ts';
import { type ProcessId, type ProcessReading, processKey } from '../../helper/host/reading.ts';
import { processReading } from './readings.ts';

/**
 * A machine whose available memory follows its processes: what they take is gone for everybody, what a stopped one would
 * have taken is not taken. Described by plain data, so that a failing case can be printed and shrunk.
 */

/** In the process's own time, which stands still while it is stopped. */
export interface Growth {
  readonly atMs: number;
  readonly mbPerSecond: number;
  readonly forMs: number;
  /** All of it is given back this long after its end; null: kept. */
  readonly backAfterMs: number | null;
}

export interface ProcessSpec {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number | null;
  readonly uid: number;
  readonly command: string;
  readonly baseMb: number;
  readonly growths: readonly Growth[];
  /** Null: it cannot be looked at closer. */
  readonly inspection: Omit<Inspection, 'id'> | null;
  readonly isStopped: boolean;
  readonly bornMs: number;
  readonly diesMs: number | null;
  /** Ends so long after TERM; null: does not care. */
  readonly endsAfterMs: number | null;
  /** Another process gets its pid three seconds after its end. */
  readonly isReused: boolean;
}

/** Which pid a service has from when on; `unloaded`: launchd does not know it. */
export interface ServiceSpec {
  readonly label: string;
  readonly life: readonly { readonly atMs: number; readonly pid: number | null | 'unloaded' }[];
}

export interface MachineSpec {
  readonly processes: readonly ProcessSpec[];
  readonly services: readonly ServiceSpec[];
  /** Available memory if no process grew: corners of a line, MB. */
  readonly calm: readonly { readonly atMs: number; readonly mb: number }[];
  /** When the list of services is not known. */
  readonly listless: readonly { readonly fromMs: number; readonly toMs: number }[];
}

interface Life {
  readonly spec: ProcessSpec;
  readonly key: string;
  readonly reading: ProcessReading;
  stoppedMs: number;
  stoppedSinceMs: number | null;
  byUs: boolean;
  endedMs: number | null;
  endsMs: number | null;
  /** When it was told to end, by whatever order of ours. */
  toldMs: number | null;
}

const innocent: Omit<Inspection, 'id'> = {
  listening: [],
  isHypervisor: false,
  isTraced: true,
  isPlatform: false,
  processGroup: null,
};
const reusedAfterMs = 3_000;
/** launchd's own KILL after a bootout. */
const exitTimeoutMs = 20_000;
const leastBytes = 16 * MB;
const mostBytes = 60 * GB;

const grownMb = (growths: readonly Growth[], ownMs: number): number =>
  growths.reduce((sum, { atMs, mbPerSecond, forMs, backAfterMs }) => {
    if (ownMs <= atMs || (backAfterMs !== null && ownMs >= atMs + forMs + backAfterMs)) return sum;
    return sum + (mbPerSecond * Math.min(ownMs - atMs, forMs)) / 1000;
  }, 0);

export const createMachine = (spec: MachineSpec) => {
  /** Who is there, and who comes later; the rest is remembered by its key alone. */
  let lives: Life[] = [];
  let coming: Life[] = [];
  const specs = new Map<string, ProcessSpec>();
  const bootedOut = new Set<string>();
  const restored = new Map<string, number>();
  let nowMs = 0;
  /** The next corner of the line of available memory. */
  let corner = 0;

  const add = (of: ProcessSpec, start = `${of.pid}.${of.bornMs}`): void => {
    const id: ProcessId = { pid: of.pid, start };
    specs.set(processKey(id), of);
    const list = of.bornMs <= nowMs ? lives : coming;
    list.push({
      spec: of,
      key: processKey(id),
      reading: processReading(of.pid, {
        id,
        ppid: of.ppid,
        processGroup: of.pgid,
        uid: of.uid,
        command: of.command,
        name: of.command.split(' ')[0]?.split('/').at(-1) ?? '',
      }),
      stoppedMs: 0,
      stoppedSinceMs: of.isStopped ? Math.max(0, of.bornMs) : null,
      byUs: false,
      endedMs: null,
      endsMs: of.diesMs,
      toldMs: null,
    });
  };
  for (const each of spec.processes) add(each);
  const nominalMb = spec.processes.reduce((sum, { baseMb, bornMs }) => sum + (bornMs <= 0 ? baseMb : 0), 0);

  const isAlive = (life: Life): boolean => life.endedMs === null;
  const lifeOf = (key: string): Life | undefined => lives.find((each) => each.key === key && isAlive(each));
  const footprintOf = (life: Life): number => {
    const stopped = life.stoppedMs + (life.stoppedSinceMs === null ? 0 : nowMs - life.stoppedSinceMs);
    return Math.round((life.spec.baseMb + grownMb(life.spec.growths, nowMs - stopped)) * MB);
  };
  const run = (life: Life): void => {
    if (life.stoppedSinceMs !== null) life.stoppedMs += nowMs - life.stoppedSinceMs;
    life.stoppedSinceMs = null;
    life.byUs = false;
    // What was sent while it was stopped arrives now.
    if (life.toldMs !== null && life.endsMs === null && life.spec.endsAfterMs !== null)
      life.endsMs = nowMs + life.spec.endsAfterMs;
  };
  const tell = (life: Life, latestMs: number | null): void => {
    life.toldMs = nowMs;
    const afterMs = life.spec.endsAfterMs ?? latestMs;
    if (life.stoppedSinceMs === null && afterMs !== null)
      life.endsMs = Math.min(life.endsMs ?? Number.POSITIVE_INFINITY, nowMs + afterMs);
  };
  const end = (life: Life): void => {
    life.endedMs = nowMs;
    if (life.spec.isReused)
      add({
        ...life.spec,
        command: '/opt/hog --another',
        ppid: 1,
        bornMs: nowMs + reusedAfterMs,
        diesMs: null,
        growths: [],
        inspection: innocent,
        isStopped: false,
        isReused: false,
      });
  };

  const rowOf = (life: Life): ProcessReading => ({
    ...life.reading,
    footprintBytes: footprintOf(life),
    state: life.stoppedSinceMs === null ? 'sleeping' : 'stopped',
  });

  const pidOf = ({ label, life }: ServiceSpec): number | null | 'unloaded' => {
    if (bootedOut.has(label)) return 'unloaded';
    const pid = restored.get(label) ?? life.findLast(({ atMs }) => atMs <= nowMs)?.pid ?? 'unloaded';
    return typeof pid === 'number' && !lives.some((each) => each.spec.pid === pid && isAlive(each)) ? null : pid;
  };
  const below = (pid: number): readonly Life[] => {
    const tree = lives.filter((each) => each.spec.pid === pid && isAlive(each));
    for (const each of tree)
      tree.push(
        ...lives.filter((child) => child.spec.ppid === each.spec.pid && isAlive(child) && !tree.includes(child)),
      );
    return tree;
  };

  return {
    /** Lets time pass: who is born, and who ends. */
    at: (ms: number): void => {
      nowMs = ms;
      if (coming.some(({ spec: { bornMs } }) => bornMs <= nowMs)) {
        lives.push(...coming.filter(({ spec: { bornMs } }) => bornMs <= nowMs));
        coming = coming.filter(({ spec: { bornMs } }) => bornMs > nowMs);
      }
      for (const life of lives)
        if (isAlive(life) && life.endsMs !== null && life.endsMs <= nowMs && life.stoppedSinceMs === null) end(life);
      if (!lives.every(isAlive)) lives = lives.filter(isAlive);
      while ((spec.calm[corner]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) corner += 1;
    },
    rows: (): readonly ProcessReading[] => lives.filter(isAlive).map(rowOf),
    row: (key: string): ProcessReading | null => {
      const life = lifeOf(key);
      return life === undefined ? null : rowOf(life);
    },
    inspect: (id: ProcessId): Inspection | null => {
      const inspection = lifeOf(processKey(id))?.spec.inspection ?? null;
      return inspection === null ? null : { ...inspection, id };
    },
    /** Null: nobody knows. */
    services: (): readonly (readonly [string, number | null])[] | null =>
      spec.listless.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs)
        ? null
        : spec.services.flatMap((service) => {
            const pid = pidOf(service);
            return pid === 'unloaded' ? [] : [[service.label, pid] as const];
          }),
    availableBytes: (): number => {
      const next = spec.calm[corner];
      const from = spec.calm[Math.max(0, corner - 1)] ?? { atMs: 0, mb: 20_000 };
      const to = next ?? from;
      const share = to.atMs > from.atMs ? (nowMs - from.atMs) / (to.atMs - from.atMs) : 0;
      const calmMb = from.mb + (to.mb - from.mb) * Math.max(0, share);
      const used = lives.reduce((sum, life) => sum + (isAlive(life) ? footprintOf(life) : 0), 0);
      return Math.round(Math.min(Math.max((calmMb + nominalMb) * MB - used, leastBytes), mostBytes));
    },
    /** SIGSTOP by us, as the freezer sends it. */
    freeze: (key: string): void => {
      const life = lifeOf(key);
      if (life === undefined || life.stoppedSinceMs !== null) return;
      life.stoppedSinceMs = nowMs;
      life.byUs = true;
    },
    /** Ctrl-Z of somebody else. */
    stop: (pid: number): void => {
      for (const life of lives) if (life.spec.pid === pid && isAlive(life)) life.stoppedSinceMs ??= nowMs;
    },
    /** SIGCONT, by whomever. */
    resume: (key: string): void => {
      const life = lifeOf(key);
      if (life !== undefined) run(life);
    },
    terminate: (key: string): void => {
      const life = lifeOf(key);
      if (life !== undefined) tell(life, null);
    },
    kill: (key: string): void => {
      const life = lifeOf(key);
      if (life !== undefined) end(life);
    },
    /** launchd's: TERM to all of it, and KILL to what is left. */
    bootout: (label: string): boolean => {
      const service = spec.services.find((each) => each.label === label);
      const pid = service === undefined ? 'unloaded' : pidOf(service);
      if (pid === 'unloaded') return false;
      bootedOut.add(label);
      if (pid !== null) for (const life of below(pid)) tell(life, exitTimeoutMs);
      return true;
    },
    /** Under a new pid, and small. */
    bootstrap: (label: string): boolean => {
      if (!bootedOut.delete(label)) return false;
      const pid = 1_000 + spec.services.findIndex((each) => each.label === label) + 10 * restored.size;
      restored.set(label, pid);
      const first = spec.processes.find(
        (each) => each.pid === spec.services.find((one) => one.label === label)?.life[0]?.pid,
      );
      if (first !== undefined) add({ ...first, pid, bornMs: nowMs, diesMs: null, growths: [], isStopped: false });
      return true;
    },
    /** Keys of a service's process and all below it. */
    membersOf: (label: string): readonly string[] => {
      const service = spec.services.find((each) => each.label === label);
      const pid = service === undefined ? 'unloaded' : pidOf(service);
      return typeof pid === 'number' ? below(pid).map(({ key }) => key) : [];
    },
    exit: (pid: number): void => {
      for (const life of lives) if (life.spec.pid === pid && isAlive(life)) end(life);
    },
    stoppedByUs: (): readonly string[] =>
      lives.filter((life) => isAlive(life) && life.byUs && life.stoppedSinceMs !== null).map(({ key }) => key),
    /** When it was told to end last; null: it was not. */
    toldMs: (key: string): number | null => lifeOf(key)?.toldMs ?? null,
    specOf: (key: string): ProcessSpec | null => specs.get(key) ?? null,
  };
};

export type Machine = ReturnType<typeof createMachine>;
