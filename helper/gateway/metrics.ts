import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Registry from 'prom-client/lib/registry.js';
import { type SeatStatus, seatState } from '../protocol/seats.ts';
import type { Status } from '../protocol/status.ts';

/** `/metrics`: the status in the text format of Prometheus, and what the gateway itself has done. Sizes are bytes. */

export interface GatewayFigures {
  readonly connections: number;
  readonly viewAgeSeconds: number | null;
}

export interface Metrics {
  readonly contentType: string;
  /** One request was answered. Cheap: it is counted here and handed on when somebody asks. */
  readonly answered: (route: string, status: number) => void;
  readonly text: (status: Status, figures: GatewayFigures) => Promise<string>;
}

const levels = ['green', 'yellow', 'orange', 'red'] as const;

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name: `castellan_${name}`, help, registers });
  const seatGauge = (name: string, help: string) =>
    new Gauge({ name: `castellan_seat_${name}`, help, labelNames: ['seat'], registers });

  const machine = {
    total: gauge('memory_total_bytes', 'Memory of this machine.'),
    available: gauge('memory_available_bytes', 'Memory that can be had without swapping.'),
    swapUsed: gauge('swap_used_bytes', 'Swap in use.'),
    level: gauge('pressure_level', 'How short of memory the machine is: 0 green, 1 yellow, 2 orange, 3 red.'),
    live: gauge('live', '1 when relief acts, 0 when it only says what it would do.'),
    uptime: gauge('keeper_uptime_seconds', 'Since the keeper was started.'),
    gaps: gauge('sample_gaps', 'Samples missed since the keeper was started.'),
  };
  const seats = {
    state: new Gauge({
      name: 'castellan_seat_state',
      help: '1 for the state a seat is in, 0 for the others.',
      labelNames: ['seat', 'state'],
      registers,
    }),
    footprint: seatGauge('footprint_bytes', 'Footprint of the processes of a seat.'),
    peak: seatGauge('declared_peak_bytes', 'Declared peak footprint of a seat.'),
    lifetime: seatGauge('lifetime_peak_bytes', 'Largest footprint the running processes of a seat have had.'),
    inFlight: seatGauge('in_flight', 'Requests to a seat that are under way by the gateway.'),
    starts: seatGauge('starts_last_hour', 'Starts of a seat in the last hour.'),
  };
  const own = {
    connections: gauge('gateway_connections', 'Open connections to the HTTP API.'),
    viewAge: gauge('gateway_view_age_seconds', 'Since the gateway heard of the seats from the keeper.'),
    requests: new Counter({
      name: 'castellan_gateway_requests_total',
      help: 'Requests answered by the HTTP API, by route and status.',
      labelNames: ['route', 'status'],
      registers,
    }),
  };

  /** By route, then status. */
  const answered = new Map<string, Map<number, number>>();

  const setSeat = (seat: SeatStatus): void => {
    const label = { seat: seat.name };
    for (const state of seatState.options) seats.state.set({ seat: seat.name, state }, state === seat.state ? 1 : 0);
    seats.footprint.set(label, seat.footprintBytes);
    seats.peak.set(label, seat.peakBytes);
    seats.lifetime.set(label, seat.lifetimePeakBytes);
    seats.inFlight.set(label, seat.inFlight);
    seats.starts.set(label, seat.starts);
  };

  const setMachine = (status: Status): void => {
    // What is not known is not there, rather than zero.
    for (const one of [machine.available, machine.swapUsed]) one.reset();
    machine.total.set(status.machine.totalBytes);
    machine.available.set(status.machine.availableBytes ?? Number.NaN);
    machine.swapUsed.set(status.machine.swap?.usedBytes ?? Number.NaN);
    machine.level.set(levels.indexOf(status.level.name));
    machine.live.set(status.mode.name === 'live' ? 1 : 0);
    machine.uptime.set(status.keeper.uptimeSeconds);
    machine.gaps.set(status.gaps.count);
  };

  return {
    contentType: registry.contentType,
    answered: (route, status) => {
      const byStatus = answered.get(route) ?? new Map<number, number>();
      if (byStatus.size === 0) answered.set(route, byStatus);
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    },
    text: (status, figures) => {
      setMachine(status);
      for (const one of Object.values(seats)) one.reset();
      for (const seat of status.seats) setSeat(seat);
      own.connections.set(figures.connections);
      own.viewAge.set(figures.viewAgeSeconds ?? Number.NaN);
      own.requests.reset();
      for (const [route, byStatus] of answered)
        for (const [code, count] of byStatus) own.requests.inc({ route, status: `${code}` }, count);
      return registry.metrics();
    },
  };
};
