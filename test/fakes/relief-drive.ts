import type { Config } from '../../helper/config/config.ts';
import { type ProcessId, type ProcessReading, processKey } from '../../helper/host/reading.ts';
import { type Decision, decide } from '../../helper/keeper/judgement/decide.ts';
import type { Effect } from '../../helper/keeper/judgement/effect.ts';
import type { KeeperEvent } from '../../helper/keeper/judgement/events.ts';
import type { Reading } from '../../helper/keeper/judgement/reading.ts';
import { chosenIds, depthAt } from '../../helper/keeper/judgement/sampling.ts';
import { initialState, type KeeperState } from '../../helper/keeper/judgement/state.ts';
import type { Plan } from '../../helper/relief/acts.ts';
import { freezeMs } from '../../helper/relief/freezes.ts';
import { wantedInspections } from '../../helper/relief/looks.ts';
import type { ReliefMemory } from '../../helper/relief/state.ts';
import { machineReading, processTable, readingOf } from './readings.ts';
import type { Happening, Outcome, ReliefCase } from './relief-case.ts';
import { createMachine, type Machine } from './relief-machine.ts';

/**
 * A keeper in virtual time on a machine of `relief-machine.ts`, with everything around it that can go wrong: effects that
 * fail or come late, a deadman that goes and comes, gaps, restarts, reloads, foreign signals, and an operator.
 */

export interface Stepped {
  readonly nowMs: number;
  readonly before: KeeperState;
  readonly decision: Decision;
  readonly reading: Reading | null;
  readonly event: KeeperEvent | null;
  readonly config: Config;
  /** What the keeper has read of each process last, this step included. */
  readonly seen: ReadonlyMap<string, ProcessReading>;
  readonly machine: Machine;
  /** The number of the keeper: a restart makes the next. */
  readonly keeper: number;
}

export interface DriveOptions {
  readonly onStep: (step: Stepped) => void;
  /** Rearranges every list that the host gives in no order. */
  readonly order?: <T>(list: readonly T[]) => readonly T[];
}

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

const by = { uid: 501, client: 'cli' } as const;
/** As the loop of the keeper: a later answer is not heard any more. */
const effectTimeoutMs = 10_000;
const wedgedMs = 60_000;
const startsAgainMs = 2_000;

const within = (nowMs: number, each: { readonly atMs: number; readonly forMs: number }): boolean =>
  nowMs >= each.atMs && nowMs < each.atMs + each.forMs;

/** Runs a case to its end, and gives the machine as it is then. */
export const drive = (given: ReliefCase, { onStep, order = (list) => list }: DriveOptions): Machine => {
  const machine = createMachine(given.machine);
  const due: Due[] = [];
  let { config } = given;
  let state = initialState(0);
  let keeper = 0;
  let memory: { readonly of: ReliefMemory; readonly atMs: number } | null = null;
  let acts = 0;
  let request = 0;
  let isBlip = false;
  let isAsleep = false;
  let isDeadmanThere = true;
  let seen = new Map<string, ProcessReading>();
  let proposalsKnown = 0;
  let compressorMb = 2_000;
  let compressedAtMs = 0;
  const deadlines = new Map<string, number>();

  const later = (atMs: number, run: () => void): void => {
    const place = due.findIndex((each) => each.atMs > atMs);
    if (place < 0) due.push({ atMs, run });
    else due.splice(place, 0, { atMs, run });
  };

  const machineAt = (nowMs: number) => {
    const now = <K extends Happening['kind']>(kind: K) =>
      given.happenings.find(
        (each): each is Extract<Happening, { kind: K; forMs: number }> =>
          each.kind === kind && 'forMs' in each && within(nowMs, each),
      );
    const swap = now('swap');
    const seconds = (nowMs - compressedAtMs) / 1000;
    compressorMb = Math.max(2_000, Math.min(30_000, compressorMb + (now('compressor')?.mbPerSecond ?? -200) * seconds));
    compressedAtMs = nowMs;
    const isBlind = now('blind') !== undefined;
    const real = machine.availableBytes();
    return machineReading({
      atMs: nowMs,
      availableBytes: isBlind ? null : isBlip ? Math.min(real, 1_200 * 2 ** 20) : real,
      compressorBytes: Math.round(compressorMb * 2 ** 20),
      kernelLevel: now('kernel')?.level ?? 1,
      swap: {
        totalBytes: 40 * 2 ** 30,
        usedBytes: Math.round((swap?.percent ?? 5) * 0.4 * 2 ** 30),
        inBytes: 0,
        outBytes: 0,
      },
      facts: isBlind ? [{ sensor: 'memory', problem: 'unavailable', detail: 'it does not answer' }] : [],
    });
  };

  const servicesNow = (): Reading['services'] => {
    const services = machine.services();
    return services === null ? null : order(services);
  };

  const readingAt = (nowMs: number): Reading => {
    const depth = depthAt(state, nowMs);
    const read = machineAt(nowMs);
    const table = depth === 'full' ? processTable(order(machine.rows()), nowMs) : null;
    if (table !== null) seen = new Map(table.processes.map((row) => [processKey(row.id), row]));
    const wanted = table === null ? [] : wantedInspections(table, config.relief.entries, state.relief.inspected, nowMs);
    const asked = chosenIds(depth, state).map((id) => ({ id, row: machine.row(processKey(id)) }));
    const chosen = asked.flatMap(({ row }) => (row === null ? [] : [row]));
    for (const row of chosen) seen.set(processKey(row.id), row);
    return readingOf(depth, read, {
      table,
      services: depth === 'fast' ? [] : servicesNow(),
      chosen: order(chosen),
      vanished: order(
        asked.flatMap(({ id, row }) =>
          row === null ? [{ sensor: 'processes', problem: 'vanished', detail: 'gone', pid: id.pid } as const] : [],
        ),
      ),
      inspections: order(
        wanted.flatMap(({ id }) => {
          const inspection = machine.inspect(id);
          return inspection === null ? [] : [inspection];
        }),
      ),
    });
  };

  const thaw = (key: string): void => {
    machine.resume(key);
    deadlines.delete(key);
  };

  const carryOut = (plan: Plan, nowMs: number): boolean => {
    const { act } = plan;
    switch (act.verb) {
      case 'freeze': {
        if (!isDeadmanThere) return false;
        const keys = act.targets.map(({ id }) => processKey(id));
        // Nothing is sent to who is gone or stopped already, and then to nobody of the group.
        if (!keys.every((key) => machine.row(key)?.state === 'sleeping')) return false;
        for (const key of keys) {
          machine.freeze(key);
          deadlines.set(key, nowMs + freezeMs);
          later(nowMs + freezeMs + 5_000, () => {
            if (isDeadmanThere && deadlines.get(key) === nowMs + freezeMs) resumeFor('Its time is over.', [key]);
          });
        }
        return true;
      }
      case 'resume':
        for (const { id } of act.targets) thaw(processKey(id));
        return true;
      case 'terminate':
      case 'kill': {
        const key = processKey(act.target.id);
        if (machine.row(key) === null) return false;
        if (deadlines.has(key)) thaw(key);
        machine[act.verb](key);
        return true;
      }
      case 'shed':
      case 'bootout': {
        for (const key of machine.membersOf(act.label)) if (deadlines.has(key)) thaw(key);
        return machine.bootout(act.label);
      }
      case 'restore':
        return machine.bootstrap(act.label);
      default:
        return true;
    }
  };

  /** The deadman resumes, and says so. */
  const resumeFor = (why: string, keys: readonly string[]): void => {
    for (const key of keys) {
      const id: ProcessId | undefined = machine.specOf(key) === null ? undefined : idOf(key);
      thaw(key);
      if (id !== undefined) post({ type: 'thawed', id, why });
    }
  };
  const idOf = (key: string): ProcessId => {
    const at = key.indexOf(':');
    return { pid: Number(key.slice(0, at)), start: key.slice(at + 1) };
  };

  let clockMs = 0;
  const unheard: KeeperEvent[] = [];
  const post = (event: KeeperEvent): void => {
    if (isAsleep) unheard.push(event);
    else step(null, event);
  };
  const wake = (): void => {
    isAsleep = false;
    for (const event of unheard.splice(0)) step(null, event);
  };

  const run = (effect: Effect): void => {
    if (effect.kind === 'remember') memory = { of: effect.memory, atMs: clockMs };
    const mine = keeper;
    const complete = (outcome: Outcome['outcome'], detail = ''): void => {
      if (keeper === mine) post({ type: 'effect', id: effect.id, outcome, detail });
    };
    if (effect.kind !== 'act') {
      complete('ok');
      return;
    }
    const { outcome, afterMs } = given.outcomes[acts] ?? { outcome: 'ok', afterMs: 0 };
    acts += 1;
    const startedMs = clockMs;
    const doneMs = outcome === 'timed_out' ? effectTimeoutMs : Math.min(afterMs, effectTimeoutMs - 1);
    let isDone = false;
    // Half way: what it does is done before it is heard of.
    later(startedMs + doneMs / 2, () => {
      if (keeper === mine && outcome !== 'failed') isDone = carryOut(effect.plan, clockMs);
    });
    later(startedMs + doneMs, () => complete(outcome === 'ok' && !isDone ? 'failed' : outcome, 'as it was given'));
  };

  const step = (reading: Reading | null, event: KeeperEvent | null): void => {
    const before = state;
    const decision = decide(state, { nowMs: clockMs, reading, events: event === null ? [] : [event] }, config);
    state = decision.state;
    onStep({ nowMs: clockMs, before, decision, reading, event, config, seen, machine, keeper });
    for (const effect of decision.effects) run(effect);
    const fresh = state.relief.approvals.open.filter(({ id }) => id > proposalsKnown);
    for (const proposal of fresh) {
      proposalsKnown = Math.max(proposalsKnown, proposal.id);
      answer(proposal.id, proposal.plan.hash);
    }
  };

  const answer = (id: number, hash: string): void => {
    if (given.answers.length === 0) return;
    const { what, afterMs } = given.answers[id % given.answers.length] ?? { what: 'ignore', afterMs: 0 };
    if (what === 'ignore') return;
    const mine = keeper;
    later(clockMs + afterMs, () => {
      if (keeper !== mine) return;
      request += 1;
      if (what === 'deny') post({ type: 'deny', request, id, hash, by });
      else
        post({
          type: 'approve',
          request,
          id,
          hash: what === 'wrong_hash' ? hash.replace(/^./, (first) => (first === '0' ? '1' : '0')) : hash,
          confirmed: what === 'approve' || what === 'wrong_hash',
          by,
        });
    });
  };

  const deadman = (now: 'missing' | 'not_ready' | 'present', foreignTombstones = 0): void =>
    post({ type: 'deadman', state: now, foreignTombstones });

  const begin = (): void => {
    post({ type: 'config', state: 'file' });
    post({ type: 'own', pids: given.own, firstLoginUid: 501 });
    post({ type: 'adapters', names: ['purge'] });
    if (memory !== null) post({ type: 'remembered', ageMs: clockMs - memory.atMs, memory: memory.of });
  };

  /** The keeper is gone: who is frozen is resumed one by one by the deadman, and then another keeper is there. */
  const restart = (): void => {
    keeper += 1;
    isAsleep = true;
    const left = [...machine.stoppedByUs()];
    const startMs = clockMs + startsAgainMs;
    for (const [at, key] of left.entries()) later(clockMs + 500 + 1_000 * at, () => thaw(key));
    later(startMs, () => {
      unheard.length = 0;
      isAsleep = false;
      state = initialState(clockMs);
      seen = new Map();
      proposalsKnown = 0;
      begin();
      const foreign = left.filter((key) => deadlines.has(key)).length;
      if (foreign > 0) deadman('not_ready', foreign);
      later(Math.max(clockMs, startMs - startsAgainMs + 1_000 * left.length), () => {
        if (isDeadmanThere) deadman('present');
      });
    });
  };

  const happen = (happening: Happening): void => {
    if (isAsleep && happening.kind !== 'exit' && happening.kind !== 'ctrl_z') return;
    const mine = keeper;
    const afterwards = (forMs: number, run: () => void): void =>
      later(clockMs + forMs, () => {
        if (keeper === mine && !isAsleep) run();
      });
    request += 1;
    switch (happening.kind) {
      case 'deadman_lost':
        isDeadmanThere = false;
        deadman('missing');
        later(clockMs + happening.forMs, () => {
          isDeadmanThere = true;
          deadman('present');
          for (const [key, deadlineMs] of [...deadlines])
            if (clockMs >= deadlineMs) resumeFor('Its time is over.', [key]);
        });
        return;
      case 'observe_only':
        post({ type: 'cannot_act', reasons: ['It may not.'] });
        afterwards(happening.forMs, () => post({ type: 'cannot_act', reasons: [] }));
        return;
      case 'audit_lost':
        post({ type: 'audit', writable: false });
        afterwards(happening.forMs, () => post({ type: 'audit', writable: true }));
        return;
      case 'gap': {
        isAsleep = true;
        const late: string[] = [];
        later(clockMs + wedgedMs, () => {
          if (keeper !== mine || !isAsleep || !isDeadmanThere) return;
          late.push(...machine.stoppedByUs());
          for (const key of late) thaw(key);
        });
        later(clockMs + happening.forMs, () => {
          if (keeper !== mine) return;
          wake();
          for (const key of late) post({ type: 'thawed', id: idOf(key), why: 'The keeper did not answer.' });
        });
        return;
      }
      case 'restart':
        restart();
        return;
      case 'foreign_resume': {
        const [key] = machine.stoppedByUs();
        if (key !== undefined) machine.resume(key);
        return;
      }
      case 'ctrl_z':
        machine.stop(happening.pid);
        return;
      case 'exit':
        machine.exit(happening.pid);
        return;
      case 'blip':
        isBlip = true;
        return;
      case 'look':
        post({ type: 'look' });
        return;
      case 'thaw':
        post({ type: 'thaw', request, freeze: null, by });
        return;
      case 'live':
      case 'dry_run':
        post({ type: 'set_mode', request, to: happening.kind, by });
        return;
      case 'pause':
        post({ type: 'pause', request, minutes: happening.minutes, by });
        return;
      case 'wrong':
        post({ type: 'mark_wrong', request, plan: state.relief.deeds.at(-1)?.plan.id ?? 0, by });
        return;
      case 'restore': {
        const label = state.relief.sheds[0]?.label;
        if (label !== undefined) post({ type: 'restore', request, label, by });
        return;
      }
      case 'reload':
        config = happening.config;
        post({ type: 'config', state: 'file' });
        return;
      case 'kernel':
      case 'swap':
      case 'compressor':
      case 'blind':
        // Read off by the time.
        return;
    }
  };

  begin();
  deadman('present');
  for (const happening of given.happenings) later(happening.atMs, () => happen(happening));
  for (;;) {
    const [next] = due;
    const sampleMs = isAsleep ? Number.POSITIVE_INFINITY : state.next.atMs;
    if (next !== undefined && next.atMs <= sampleMs) {
      if (next.atMs > given.untilMs) break;
      due.shift();
      clockMs = Math.max(clockMs, next.atMs);
      machine.at(clockMs);
      next.run();
    } else {
      if (sampleMs > given.untilMs) break;
      clockMs = Math.max(clockMs, sampleMs);
      machine.at(clockMs);
      const reading = readingAt(clockMs);
      step(reading, null);
      isBlip = false;
    }
  }
  return machine;
};
