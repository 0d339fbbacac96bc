import { adviceCause } from '../../advice/shown.ts';
import { addressText } from '../../config/addresses.ts';
import type { Config, SeatConfig } from '../../config/config.ts';
import { levelNames } from '../../memory/level.ts';
import { deadWords } from '../../probes/seat-health.ts';
import { questionsOf, type SeatProbes } from '../../probes/seat-probes.ts';
import type { GatewaySeat, GatewayView } from '../../protocol/index.ts';
import { leftAlone } from '../../relief/option.ts';
import { wantsGatewayProbe } from '../../seats/readiness.ts';
import type { Seat } from '../../seats/seating.ts';
import type { KeeperState } from '../judgement/state.ts';

/** What the gateway must know: nothing of processes, memory or policy. */

const healthView = ({ health }: SeatConfig, probes: SeatProbes | undefined): GatewaySeat['health'] => {
  if (health === null || probes === undefined) return null;
  const { listUrls, chatUrl, model, tls } = health;
  return {
    listUrls: [...listUrls],
    chatUrl,
    model,
    tls,
    questions: [...questionsOf(probes)],
    isDead: deadWords(probes) !== null,
  };
};

const seatView = (config: SeatConfig, seat: Seat | undefined, probes: SeatProbes | undefined): GatewaySeat => ({
  name: config.name,
  label: config.label,
  class: config.class,
  state: seat?.state ?? 'absent',
  closing: seat?.closing?.number ?? null,
  probing: seat !== undefined && wantsGatewayProbe(seat, config),
  health: healthView(config, probes),
  readyUrl: config.ready?.kind === 'http' ? config.ready.url : null,
  proxy:
    config.proxy === null
      ? null
      : { listen: addressText(config.proxy.listen), target: addressText(config.proxy.target) },
});

const advisorView = (state: KeeperState, config: Config, nowMs: number): GatewayView['advisor'] => {
  if (config.advisor === null) return null;
  const { url, model, keyFile, caFile, everySeconds, withinSeconds } = config.advisor;
  const level = levelNames[state.level.level];
  const forSeconds = Math.max(0, nowMs - state.level.sinceMs) / 1000;
  const cause = adviceCause({ level, forSeconds, useless: leftAlone(state.relief).length }, config);
  return { url, model, keyFile, caFile, everySeconds, withinSeconds, cause };
};

export const gatewayView = (state: KeeperState, config: Config, nowMs: number): GatewayView => ({
  atMs: nowMs,
  api: {
    listen: addressText(config.api.listen),
    extraListen: config.api.extraListen.map(addressText),
    isOpen: config.api.isOpen,
  },
  seats: config.seats.map((each) =>
    seatView(
      each,
      state.seating.seats.find(({ name }) => name === each.name),
      state.probing.seats.find(({ name }) => name === each.name),
    ),
  ),
  advisor: advisorView(state, config, nowMs),
});
