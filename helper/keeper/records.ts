import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { createAlerts } from '../journal/alerts.ts';
import { createAlertsFile } from '../journal/alerts-file.ts';
import { type AuditFacts, createAudit } from '../journal/audit.ts';
import { bucket } from '../journal/buckets.ts';
import { createHeartbeat } from '../journal/heartbeat.ts';
import { type HistoryStore, openHistory } from '../journal/history.ts';
import { createInputEncoder } from '../journal/input-encoder.ts';
import { memoryPath, memoryText, readMemory } from '../journal/relief-memory.ts';
import { createRing } from '../journal/ring.ts';
import { daySlots, type MachineSample } from '../journal/samples.ts';
import { keyOf } from '../journal/told-alerts.ts';
import { growthWindowMs, windowGrowth } from '../memory/growth.ts';
import { levelNames, slotMs } from '../memory/level.ts';
import { type History, type HistoryRange, type LevelName, productVersion, type Status } from '../protocol/index.ts';
import { shownUrl, type ToldAlert } from '../protocol/push.ts';
import type { ReliefMemory } from '../relief/state.ts';
import type { Decision } from './judgement/decide.ts';
import type { Effect, EffectOutcome } from './judgement/effect.ts';
import type { Input } from './judgement/events.ts';
import { checkpointLine } from './judgement/input-lines.ts';
import { initialState, type KeeperState } from './judgement/state.ts';
import { reserveOf, seatStateOf } from './judgement/status.ts';

/** All that is written: the ring that charts are drawn from and the database behind it, inputs, heartbeat, alerts, audit. */
export interface Records {
  /** Also writes the rows of the decision: call it before its effects are carried out. */
  readonly onStep: (input: Input, decision: Decision, config: Config) => void;
  readonly history: (range: HistoryRange, columns: number) => History;
  readonly carryOut: (effect: Effect) => Promise<{ readonly outcome: EffectOutcome; readonly detail: string }>;
  /** Alerts that were told and last, or are not an hour old. */
  readonly told: () => readonly ToldAlert[];
  /** Whether the row was taken. When it was not, nothing irreversible may follow. */
  readonly audit: (facts: AuditFacts) => boolean;
  /** Whether rows are taken now; after one was not, it is tried. */
  readonly auditWritable: () => boolean;
  /** What an earlier run remembered; null: nothing, or nothing to be believed (which is said). */
  readonly recall: () => { readonly memory: ReliefMemory; readonly ageMs: number } | null;
  readonly telemetry: () => Omit<Status['telemetry'], 'heartbeat'>;
  /** Newest of the last day that an earlier run measured; null: none is kept. */
  readonly newest: MachineSample | null;
  readonly close: () => Promise<void>;
}

export interface RecordsOptions {
  readonly statePath: string;
  readonly heartbeatPath: string;
  readonly maxBytes: number;
  readonly totalBytes: number;
  readonly instance: string;
  readonly wallMs: () => number;
  readonly warn: (text: string) => void;
}

/** Addresses that alerts are sent to, and that of the advisor, may be secrets, and nothing is decided by them. */
const withoutTargets = (config: Config): Config => ({
  ...config,
  alerts: { ...config.alerts, push: [] },
  advisor: config.advisor === null ? null : { ...config.advisor, url: shownUrl(config.advisor.url) },
});

/** How much of a journal whose beginning was dropped cannot be replayed, at most: so long, or so many characters. */
const checkpointMs = 300_000;
const checkpointCharacters = 4 * 2 ** 20;

const sampleOf = (state: KeeperState, config: Config, wallMs: number): MachineSample => ({
  wallMs,
  tiers: state.tiers,
  swapUsedBytes: state.machine?.swap?.usedBytes ?? null,
  level: state.level.level,
  kernelLevel: state.machine?.kernelLevel ?? null,
  compressorGrowthBytesPerSecond: windowGrowth(state.compressor, growthWindowMs),
  reserveLineBytes: reserveOf(state, config)?.lineBytes ?? null,
  seats: state.seats.map((view) => ({
    name: view.name,
    footprintBytes: view.footprintBytes,
    state: seatStateOf(state, view.name),
  })),
});

/** A disk that hangs must not keep the keeper from starting: after this long it goes on without the past. */
const loadWithinMs = 3_000;

const loadDay = async (store: HistoryStore, sinceMs: number, push: (sample: MachineSample) => void): Promise<void> => {
  let late = false;
  const loaded = store.replay(sinceMs, (sample) => {
    // In a ring that has moved on, an old sample would stand behind newer ones.
    if (!late) push(sample);
  });
  await Promise.race([loaded, sleep(loadWithinMs)]);
  late = true;
};

/** Opens what is kept and loads the last day of it, so that a restarted keeper shows the same charts. */
export const openRecords = async (options: RecordsOptions): Promise<Records> => {
  const { statePath: directory, instance, wallMs, warn } = options;
  const store = openHistory({ directory, maxBytes: options.maxBytes, onTrouble: warn });
  const audit = createAudit({ directory });
  /** As the configuration of the last step says. */
  let alertsPath: string | null = null;
  const alertsFile = createAlertsFile({ warn });
  const alerts = createAlerts({
    directory,
    onTold: (line) => {
      if (alertsPath !== null) alertsFile.append(alertsPath, line);
    },
  });
  const heartbeat = createHeartbeat(options.heartbeatPath, store.replaceFile);
  const ring = createRing();
  let newest: MachineSample | null = null;
  await loadDay(store, wallMs() - daySlots * slotMs, (sample) => {
    newest = sample;
    ring.push(sample);
  });

  const beat = async (effect: Extract<Effect, { kind: 'heartbeat' }>) => {
    const facts = { pid: process.pid, version: productVersion, instance, wallMs: wallMs() };
    const beaten = await heartbeat.beat({ ...facts, ...effect.heartbeat });
    return beaten.ok ? { outcome: 'ok' as const, detail: '' } : { outcome: 'failed' as const, detail: beaten.detail };
  };

  const raise = (effect: Extract<Effect, { kind: 'alert' }>) => {
    const { alert: kind, subject, detail } = effect;
    warn(`${kind} ${subject}: ${detail}`);
    const alert = { kind, subject, detail, wallMs: wallMs() };
    const raised = alerts.raise(alert, lasting.has(keyOf(alert)));
    return { outcome: raised.ok ? ('ok' as const) : ('failed' as const), detail: raised.ok ? '' : 'alerts.jsonl' };
  };

  const remember = async (memory: ReliefMemory) => {
    const kept = await store.replaceFile(memoryPath(directory), memoryText(memory), 'private');
    return kept ? { outcome: 'ok' as const, detail: '' } : { outcome: 'failed' as const, detail: 'relief.json' };
  };

  const recall: Records['recall'] = () => {
    const recalled = readMemory(directory, process.getuid?.() ?? 0);
    if (recalled.kind === 'damaged') warn(`what was remembered is lost, the dry run begins anew: ${recalled.detail}`);
    if (recalled.kind !== 'memory') return null;
    // A wall clock that was set back makes it as new as can be: the careful answer.
    return { memory: recalled.memory, ageMs: Math.max(0, wallMs() - recalled.writtenMs) };
  };

  /** As of the last step: rows are read long after, by people who ask how memory stood. */
  let level: LevelName | undefined;
  const writeRow = (facts: AuditFacts): boolean => {
    const kept = audit.append({ ...facts, wallMs: wallMs(), instance, ...(level === undefined ? {} : { level }) });
    if (!kept.ok) warn(`audit: ${kept.failure.detail}`);
    return kept.ok;
  };

  /** Of what is told it is then known whether it goes on. */
  let lasting: ReadonlySet<string> = new Set();
  let episodes: readonly string[] = [];

  let recordedSlotMs: number | null = null;
  const encoder = createInputEncoder();
  let lostInputs = 0;
  let charactersSince = 0;
  let checkpoint: { readonly atMs: number; readonly config: Config } | null = null;
  const writeCheckpoint = (state: KeeperState, config: Config, atMs: number): void => {
    store.inputs.append(checkpointLine(state, withoutTargets(config)));
    encoder.reset();
    charactersSince = 0;
    checkpoint = { atMs, config };
  };
  const writeInput = (input: Input): void => {
    // What later lines would build upon may be missing.
    const { lostRows } = store.inputs.stats();
    if (lostRows !== lostInputs) encoder.reset();
    lostInputs = lostRows;
    const line = encoder.line(input);
    charactersSince += line.length;
    store.inputs.append(line);
  };

  return {
    onStep: (input, { state, rows }, config) => {
      if (state.machine !== null) level = levelNames[state.level.level];
      for (const row of rows) writeRow(row);
      alertsPath = config.alerts.file;
      if (state.episodes !== episodes) lasting = new Set(state.episodes);
      episodes = state.episodes;
      if (input.reading !== null) alerts.settle(lasting, wallMs());
      if (checkpoint === null) writeCheckpoint(initialState(state.startedMs), config, input.nowMs);
      writeInput(input);
      const isDue = input.nowMs - (checkpoint?.atMs ?? 0) >= checkpointMs || charactersSince >= checkpointCharacters;
      if (checkpoint?.config !== config || isDue) writeCheckpoint(state, config, input.nowMs);
      if (input.reading?.table) store.recordProcesses(input.reading.table.processes);
      // One sample a slot, however often the machine is looked at: the ring holds a day by their number.
      if (input.reading === null || state.nextSlotMs === recordedSlotMs) return;
      recordedSlotMs = state.nextSlotMs;
      const sample = sampleOf(state, config, wallMs());
      ring.push(sample);
      store.record(sample);
    },
    history: (range, columns) => bucket(ring.view(), range, columns, wallMs(), options.totalBytes),
    carryOut: async (effect) => {
      if (effect.kind === 'heartbeat') return beat(effect);
      if (effect.kind === 'alert') return raise(effect);
      if (effect.kind === 'remember') return remember(effect.memory);
      return { outcome: 'failed', detail: 'an act is carried out elsewhere' };
    },
    told: () => alerts.told(wallMs()),
    audit: writeRow,
    auditWritable: audit.writable,
    recall,
    newest,
    telemetry: () => {
      const history = store.stats();
      const inputs = store.inputs.stats();
      const audited = audit.stats();
      return {
        history: history.state,
        droppedRows: history.droppedRows,
        journal: audited.state === 'ok' ? inputs.state : audited.state,
        lostRows: inputs.lostRows + audited.lostRows,
      };
    },
    close: async () => {
      audit.close();
      alerts.close();
      await Promise.all([store.close(), alertsFile.close()]);
    },
  };
};
