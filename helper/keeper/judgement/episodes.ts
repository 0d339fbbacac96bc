import type { Config } from '../../config/config.ts';
import { containerCauses } from '../../containers/step.ts';
import type { SensorFact } from '../../host/reading.ts';
import type { AlertKind } from '../../journal/alert-kinds.ts';
import { type Channel, channels } from '../../probes/channels.ts';
import { holderWords } from '../../probes/port-holder.ts';
import { silentChannel } from '../../probes/seat-probes.ts';
import { standingOf } from '../../probes/tracks.ts';
import { failureWords, silenceWords } from '../../probes/words.ts';
import { size } from '../../protocol/figures.ts';
import { envelopeOf } from '../../relief/envelope.ts';
import { isBlindForLong } from '../../seats/activity.ts';
import type { Wish } from './effect.ts';
import type { KeeperState } from './state.ts';

/** A gap shorter than this is a missed sample or two; a longer one is worth telling. */
const gapAlertMs = 10_000;
/** Gaps within this time of one another are one episode. */
const gapEpisodeMs = 600_000;

/**
 * Sensors without which nothing may be done. The others are hints, or refusals that acting would meet by itself. Services
 * are a fact only where the configuration counts on any.
 */
const neededSensors: readonly string[] = ['memory', 'swap', 'kernel_level', 'compressor', 'processes', 'services'];

/**
 * Without root some of what belongs to others cannot be seen. That is said, but it is no failing sensor: nothing of theirs
 * could be acted upon either.
 */
export const isFailing = (fact: SensorFact): boolean =>
  neededSensors.includes(fact.sensor) && !(fact.sensor === 'processes' && fact.problem === 'refused');

/** Whether the configuration has seats or services, which cannot be told from others while the services are not known. */
export const needsServices = ({ seats, relief }: Config): boolean =>
  seats.length > 0 || relief.services.length > 0 || relief.dependsOn.length > 0;

/** Null: the services are known, or nobody needs them. */
const servicesReason = ({ servicesUnknownSinceMs, facts }: KeeperState, config: Config): string | null =>
  servicesUnknownSinceMs === null || !needsServices(config)
    ? null
    : `Services are not known: ${facts.find(({ sensor }) => sensor === 'services')?.detail ?? 'no answer yet'}.`;

/** Why nothing but reading may be done now, apart from services that are not known. */
const otherReasons = (state: KeeperState): readonly string[] => [
  ...state.cannotAct,
  ...(state.configState === 'invalid' ? ['castellan.toml has errors; compiled defaults are in force.'] : []),
  ...state.facts
    .filter((fact) => isFailing(fact) && fact.sensor !== 'services')
    .map((fact) => `The ${fact.sensor.replace('_', ' ')} sensor cannot be trusted (${fact.problem}): ${fact.detail}.`),
];

/** Why nothing but reading may be done now, each a sentence; empty when all is well. */
export const observeOnlyReasons = (state: KeeperState, config: Config): readonly string[] => {
  const services = servicesReason(state, config);
  return services === null ? otherReasons(state) : [...otherReasons(state), services];
};

interface Cause {
  readonly alert: AlertKind;
  readonly subject: string;
  readonly detail: string;
}

/** So long it may take to start, or to be started again. */
const deadmanGraceMs = 15_000;
/** As long for who tells of services. Nothing is done meanwhile, and nobody is alarmed. */
const servicesGraceMs = 15_000;

/** What lasts in relief: told when it begins, and again when it has been away. */
const reliefCauses = ({ relief, machine, services }: KeeperState, nowMs: number, config: Config): readonly Cause[] => {
  const { deadman, wiredLeak } = relief;
  const causes: Cause[] = [];
  if (config.relief.entries.length > 0 && deadman.state === 'missing' && nowMs - deadman.sinceMs >= deadmanGraceMs)
    causes.push({ alert: 'deadman_missing', subject: 'deadman', detail: 'its socket does not answer' });
  if (wiredLeak !== null)
    causes.push({
      alert: 'wired_leak',
      subject: wiredLeak.seat,
      detail: `${size(wiredLeak.bytes)} of wired memory did not come back`,
    });
  const envelope = machine === null ? null : envelopeOf(config.seats, machine.totalBytes);
  if (envelope !== null)
    causes.push({
      alert: 'envelope_exceeded',
      subject: 'seats',
      detail: `declared peaks are ${size(envelope.peaksBytes)}, ${size(envelope.overBytes)} more than there is`,
    });
  for (const label of missingEnforcers(services, config))
    causes.push({ alert: 'enforcer_missing', subject: label, detail: `${label} is not loaded` });
  return causes;
};

/** Services that the policy counts on and that were not loaded when services were known last; none before they were. */
export const missingEnforcers = (services: KeeperState['services'], config: Config): readonly string[] =>
  services === null ? [] : config.relief.dependsOn.filter((label) => !services.some(([each]) => each === label));

/** What is worth an alarm of the reasons to observe only. */
const tellable = (state: KeeperState, nowMs: number, config: Config) => {
  const { servicesUnknownSinceMs: sinceMs } = state;
  const isMoment = sinceMs === null || nowMs - sinceMs < servicesGraceMs;
  return {
    reasons: isMoment ? otherReasons(state) : observeOnlyReasons(state, config),
    facts: state.facts.filter((fact) => isFailing(fact) && !(isMoment && fact.sensor === 'services')),
  };
};

/** What lasts in seats. */
const seatCauses = ({ seating, probing }: KeeperState, nowMs: number): readonly Cause[] =>
  seating.seats.flatMap((seat): readonly Cause[] => {
    const hasFault = probing.seats.some((each) => each.name === seat.name && each.judged.isDoomed);
    const { name, state, why, activity, failure } = seat;
    // Asked for again it is looked at again, and has not recovered for that.
    const hasFailed = state === 'failed' || (state === 'admitting' && failure !== null);
    const detail = hasFailed ? (failure?.why ?? why) : why;
    if (hasFailed) return [{ alert: 'seat_failed', subject: name, detail }];
    if (state === 'hollow') return [{ alert: 'seat_hollow', subject: name, detail }];
    // Which file it is, is told by the check of its files.
    if (state === 'doomed' && hasFault) return [];
    if (state === 'doomed') return [{ alert: 'seat_doomed', subject: name, detail }];
    return state === 'idle' && isBlindForLong(activity, nowMs)
      ? [{ alert: 'seat_use_unknown', subject: name, detail: 'its port cannot be read' }]
      : [];
  });

const channelAlerts = {
  cheap: 'seat_list_failing',
  inference: 'seat_inference_failing',
  integrity: 'seat_files_failing',
} as const satisfies Readonly<Record<Channel, AlertKind>>;

/** What answers in a seat's place vouches for nothing. */
const portCauses = ({ probing }: KeeperState): readonly Cause[] =>
  probing.seats.flatMap((probes) => {
    const { holder } = probes.port;
    return holder?.kind !== 'other' || probes.run === null
      ? []
      : [{ alert: 'seat_port_foreign', subject: probes.name, detail: `${holderWords(holder)} has its port` }];
  });

/** What speaks for nothing and against nothing must not pass for health: sixteen hours of it once did. */
const silenceCauses = ({ probing }: KeeperState, nowMs: number): readonly Cause[] =>
  probing.seats.flatMap((probes) => {
    const channel = silentChannel(probes, nowMs);
    return channel === null
      ? []
      : [{ alert: 'seat_unproven', subject: probes.name, detail: silenceWords(probes, channel, nowMs) }];
  });

/** Each channel tells for itself: that two others are well takes nothing back. */
const healthCauses = ({ probing }: KeeperState, nowMs: number): readonly Cause[] =>
  probing.seats.flatMap((probes) =>
    channels
      .filter((channel) => standingOf(probes.tracks[channel], channel, nowMs) === 'fail')
      .map((channel) => ({
        alert: channelAlerts[channel],
        subject: probes.name,
        detail: failureWords(probes, channel),
      })),
  );

const lastingCauses = (state: KeeperState, nowMs: number, config: Config): readonly Cause[] => {
  const { reasons, facts } = tellable(state, nowMs, config);
  return [
    ...(state.machine === null ? [] : reliefCauses(state, nowMs, config)),
    ...seatCauses(state, nowMs),
    ...healthCauses(state, nowMs),
    ...silenceCauses(state, nowMs),
    ...portCauses(state),
    ...containerCauses(state.containers),
    ...facts.map((fact): Cause => ({ alert: 'sensor_failing', subject: fact.sensor, detail: fact.detail })),
    ...(state.configState === 'invalid'
      ? [{ alert: 'config_invalid' as const, subject: 'castellan.toml', detail: 'compiled defaults are in force' }]
      : []),
    ...(state.heartbeat.failing
      ? [
          {
            alert: 'heartbeat_unwritable' as const,
            subject: 'heartbeat',
            detail: 'the heartbeat file cannot be written',
          },
        ]
      : []),
    ...reasons.slice(0, 1).map((detail): Cause => ({ alert: 'observe_only', subject: 'keeper', detail })),
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
};

const gapCause = (before: KeeperState, after: KeeperState): readonly Cause[] => {
  const gap = after.gaps.last;
  if (gap === null || after.gaps.count === before.gaps.count || gap.lengthMs < gapAlertMs) return [];
  const previous = before.gaps.last;
  if (previous !== null && gap.endedMs - previous.endedMs < gapEpisodeMs) return [];
  return [{ alert: 'gap', subject: 'keeper', detail: `no sample for ${Math.round(gap.lengthMs / 1000)} s` }];
};

/** One alert for each cause that is new; a cause that lasts is not told again, one that returns is. */
export const raiseAlerts = (
  before: KeeperState,
  after: KeeperState,
  nowMs: number,
  config: Config,
): { readonly wishes: readonly Wish[]; readonly episodes: readonly string[] } => {
  const lasting = lastingCauses(after, nowMs, config);
  const episodeOf = (cause: Cause): string => `${cause.alert} ${cause.subject}`;
  const fresh = lasting.filter((cause) => !before.episodes.includes(episodeOf(cause)));
  return {
    wishes: [...fresh, ...gapCause(before, after)].map((cause) => ({ kind: 'alert', ...cause })),
    episodes: [...new Set(lasting.map(episodeOf))],
  };
};
