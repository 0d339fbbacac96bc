import type { SensorFact } from '../host/reading.ts';
import type { AlertKind } from '../journal/alert-kinds.ts';
import type { KeeperState, Wish } from './state.ts';

/** A gap shorter than this is a missed sample or two; a longer one is worth telling. */
const gapAlertMs = 10_000;
/** Gaps within this time of one another are one episode. */
const gapEpisodeMs = 600_000;

/** Sensors without which nothing may be done. The others are hints, or refusals that acting would meet by itself. */
const neededSensors: readonly string[] = ['memory', 'swap', 'kernel_level', 'compressor', 'processes'];

/**
 * Without root some of what belongs to others cannot be seen. That is said, but it is no failing sensor: nothing of theirs
 * could be acted upon either.
 */
export const isFailing = (fact: SensorFact): boolean =>
  neededSensors.includes(fact.sensor) && !(fact.sensor === 'processes' && fact.problem === 'refused');

/** Why nothing but reading may be done now, each a sentence; empty when all is well. */
export const observeOnlyReasons = (state: KeeperState): readonly string[] => [
  ...state.cannotAct,
  ...(state.configState === 'invalid' ? ['castellan.toml has errors; compiled defaults are in force.'] : []),
  ...state.facts
    .filter(isFailing)
    .map((fact) => `The ${fact.sensor.replace('_', ' ')} sensor cannot be trusted (${fact.problem}): ${fact.detail}.`),
];

interface Cause {
  readonly alert: AlertKind;
  readonly subject: string;
  readonly detail: string;
}

const lastingCauses = (state: KeeperState): readonly Cause[] => [
  ...state.facts
    .filter(isFailing)
    .map((fact): Cause => ({ alert: 'sensor_failing', subject: fact.sensor, detail: fact.detail })),
  ...(state.configState === 'invalid'
    ? [{ alert: 'config_invalid' as const, subject: 'castellan.toml', detail: 'compiled defaults are in force' }]
    : []),
  ...(state.heartbeat.failing
    ? [{ alert: 'heartbeat_unwritable' as const, subject: 'heartbeat', detail: 'the heartbeat file cannot be written' }]
    : []),
  ...observeOnlyReasons(state)
    .slice(0, 1)
    .map((detail): Cause => ({ alert: 'observe_only', subject: 'keeper', detail })),
  ...(state.lostAtMs !== null
    ? [
        {
          alert: 'telemetry_dropped' as const,
          subject: 'history',
          detail: `${state.droppedRows} rows could not be kept`,
        },
      ]
    : []),
];

const gapCause = (before: KeeperState, after: KeeperState): readonly Cause[] => {
  const gap = after.gaps.last;
  if (gap === null || after.gaps.count === before.gaps.count || gap.lengthMs < gapAlertMs) return [];
  const previous = before.gaps.last;
  if (previous !== null && gap.endedMs - previous.endedMs < gapEpisodeMs) return [];
  return [{ alert: 'gap', subject: 'keeper', detail: `no sample for ${Math.round(gap.lengthMs / 1000)} s` }];
};

const sameCauses = (before: KeeperState, after: KeeperState): boolean =>
  before.facts === after.facts &&
  before.configState === after.configState &&
  before.heartbeat.failing === after.heartbeat.failing &&
  before.cannotAct === after.cannotAct &&
  before.lostAtMs === after.lostAtMs &&
  before.gaps === after.gaps;

/** One alert for each cause that is new; a cause that lasts is not told again, one that returns is. */
export const raiseAlerts = (
  before: KeeperState,
  after: KeeperState,
): { readonly wishes: readonly Wish[]; readonly episodes: readonly string[] } => {
  if (sameCauses(before, after)) return { wishes: [], episodes: after.episodes };
  const lasting = lastingCauses(after);
  const episodeOf = (cause: Cause): string => `${cause.alert} ${cause.subject}`;
  const fresh = lasting.filter((cause) => !before.episodes.includes(episodeOf(cause)));
  return {
    wishes: [...fresh, ...gapCause(before, after)].map((cause) => ({ kind: 'alert', ...cause })),
    episodes: [...new Set(lasting.map(episodeOf))],
  };
};
