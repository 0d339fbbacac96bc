import type { SeatConfig } from '../config/config.ts';
import type { Channel, HealthStatus, Verdict } from '../protocol/health.ts';
import { channelRules, channels } from './channels.ts';
import { holderWords } from './port-holder.ts';
import { isConfigured, type SeatProbes, silentChannel } from './seat-probes.ts';
import { standingOf } from './tracks.ts';

/** A seat's health in words, the same in the command line, the HTTP API, the popover and the alerts. */

export const verdictWords: Readonly<Record<Verdict, string>> = {
  healthy: 'It answers, does its work, and can be started again.',
  busy: 'It is at work; it is asked again when it rests.',
  zombie: 'It accepts connections and does no work.',
  doomed: 'It works, and its next start will fail.',
  hollow: 'It runs, and its model is gone from memory.',
  frozen: 'Its process is stopped.',
  config_error: 'launchd cannot start it (exit 78): its program or its property list is wrong.',
  unreachable: 'It runs, and nobody answers at its address.',
};

const unprovenWords: Readonly<Record<Channel, string>> = {
  cheap: 'its list was not asked for',
  inference: 'it was not asked to work',
  integrity: 'its files were not looked at',
};

/** Another program has its port, one sentence; null: that is not known of any. */
const foreignWords = ({ port: { holder } }: Pick<SeatProbes, 'port'>): string | null =>
  holder?.kind === 'other' ? `Its port is held by ${holderWords(holder)}, which is not its own.` : null;

/** Why a seat is as its verdict says. */
export const verdictSaid = (verdict: Verdict, probes: Pick<SeatProbes, 'port'>): string =>
  (verdict === 'unreachable' ? foreignWords(probes) : null) ?? verdictWords[verdict];

/** What the verdict does not rest on belongs to it. */
const saidOf = (probes: SeatProbes): string => {
  const { judged, tracks } = probes;
  const { verdict, unproven } = judged;
  if (verdict === null) return 'Nothing is known of its health yet.';
  const said = verdictSaid(verdict, probes);
  if (verdict === 'busy' && unproven.includes('inference'))
    return 'It is at work; whether it still does what it is asked is not known.';
  if (verdict === 'healthy' && tracks.integrity.found?.signed === 'ad_hoc' && unproven.length === 0)
    return `${said} Its program is signed ad hoc.`;
  if (verdict !== 'healthy' || unproven.length === 0) return said;
  return `What was asked is well; ${unproven.map((channel) => unprovenWords[channel]).join(', ')}.`;
};

const ago = (atMs: number, nowMs: number): number => Math.max(0, nowMs - atMs) / 1000;

export const healthStatus = (probes: SeatProbes, config: SeatConfig, nowMs: number): HealthStatus => {
  const silent = silentChannel(probes, nowMs);
  return {
    verdict: probes.judged.verdict,
    forSeconds: ago(probes.sinceMs, nowMs),
    said: saidOf(probes),
    channels: channels.map((channel) => {
      const track = probes.tracks[channel];
      const { found, lastOkMs } = track;
      return {
        channel,
        state: isConfigured(config, channel) ? standingOf(track, channel, nowMs) : 'off',
        strikes: track.strikes,
        limit: channelRules[channel].strikes,
        last:
          found === null
            ? null
            : {
                ...{ ok: found.ok, code: found.code, detail: found.detail, ms: found.ms },
                agoSeconds: ago(found.atMs, nowMs),
                ...(found.signed === undefined ? {} : { signed: found.signed }),
              },
        okAgoSeconds: lastOkMs === null ? null : ago(lastOkMs, nowMs),
        waits: track.waits,
        ...(silent === channel ? { silent: silenceWords(probes, channel, nowMs) } : {}),
      };
    }),
  };
};

/** Nobody knows whether it works, for an alert: "chat: nothing was heard for 47 min". */
export const silenceWords = ({ tracks }: SeatProbes, channel: Channel, nowMs: number): string => {
  const { silentSinceMs, waits } = tracks[channel];
  const why = waits === 'busy' ? '; it is at work all the time' : '';
  return `${unprovenWords[channel]} or did not answer for ${Math.round((nowMs - silentSinceMs) / 60_000)} min${why}`;
};

/** What failed last, for an alert: "chat: empty_answer". */
export const failureWords = ({ tracks }: SeatProbes, channel: Channel): string => {
  const { found, strikes } = tracks[channel];
  return found === null ? '' : `${found.detail} (${strikes} ${strikes === 1 ? 'time' : 'times'} in a row)`;
};
