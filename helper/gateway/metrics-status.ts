import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import type Registry from 'prom-client/lib/registry.js';
import { type ChannelStatus, verdictCodes } from '../protocol/health.ts';
import { bandStatusSchema, type SeatStatus, seatState } from '../protocol/seats.ts';
import { levelName, type Status } from '../protocol/status.ts';

/** What the keeper says, for `/metrics`. Sizes are bytes. */

interface Figure<From> {
  readonly name: string;
  readonly help: string;
  /** Null: not known. */
  readonly of: (from: From) => number | null;
}

const machine: readonly Figure<Status>[] = [
  { name: 'memory_total_bytes', help: 'Memory of this machine.', of: (s) => s.machine.totalBytes },
  {
    name: 'memory_available_bytes',
    help: 'Memory that can be had without swapping.',
    of: (s) => s.machine.availableBytes,
  },
  { name: 'swap_used_bytes', help: 'Swap in use.', of: (s) => s.machine.swap?.usedBytes ?? null },
  {
    name: 'pressure_level',
    help: 'How short of memory the machine is: 0 green, 1 yellow, 2 orange, 3 red.',
    of: (s) => levelName.options.indexOf(s.level.name),
  },
  {
    name: 'forecast_seconds_to_warn',
    help: 'Until the kernel would warn, at the rate of the last 30 s; none where that is not known or beyond an hour.',
    of: (s) => (s.forecast.kind === 'evaluated' ? s.forecast.secondsToWarn : null),
  },
  {
    name: 'declared_peaks_over_bytes',
    help: 'Declared peaks beyond what the machine has.',
    of: (s) => s.relief.envelope?.overBytes ?? 0,
  },
  {
    name: 'wired_leak_bytes',
    help: 'Wired memory that did not come back after a seat ended.',
    of: (s) => s.relief.wiredLeak?.bytes ?? 0,
  },
];

const relief: readonly Figure<Status>[] = [
  {
    name: 'live',
    help: '1 when relief acts, 0 when it only says what it would do.',
    of: (s) => Number(s.mode.name === 'live'),
  },
  {
    name: 'relief_proposals',
    help: 'Acts that wait for the operator; in dry run those that would.',
    of: (s) => s.relief.pending.length,
  },
  {
    name: 'relief_frozen_processes',
    help: 'Processes that are frozen.',
    of: (s) => s.relief.frozen.reduce((sum, { count }) => sum + count, 0),
  },
  { name: 'relief_shed_services', help: 'Services that are shed.', of: (s) => s.relief.shed.length },
  {
    name: 'deadman_up',
    help: '1 when the deadman is there; nothing is frozen without it.',
    of: (s) => Number(s.relief.deadman === 'present'),
  },
];

const keeper: readonly Figure<Status>[] = [
  { name: 'keeper_uptime_seconds', help: 'Since the keeper was started.', of: (s) => s.keeper.uptimeSeconds },
  { name: 'keeper_footprint_bytes', help: 'Footprint of the keeper.', of: (s) => s.keeper.footprintBytes },
  {
    name: 'keeper_cpu_ratio',
    help: 'Share of one core the keeper used in the last minute, 0 to 1.',
    of: (s) => s.keeper.cpuPercent / 100,
  },
  {
    name: 'config_valid',
    help: '0 when the configuration file has faults and is not in force.',
    of: (s) => Number(s.config.state !== 'invalid'),
  },
  { name: 'sensor_problems', help: 'Sensors that fail now.', of: (s) => s.facts.length },
];

/** They count from the start of the keeper. */
const counted: readonly Figure<Status>[] = [
  { name: 'sample_gaps_total', help: 'Samples missed.', of: (s) => s.gaps.count },
  {
    name: 'history_rows_dropped_total',
    help: 'Rows of the history that could not be kept.',
    of: (s) => s.telemetry.droppedRows,
  },
  {
    name: 'audit_rows_lost_total',
    help: 'Rows of the audit log that could not be written.',
    of: (s) => s.telemetry.lostRows,
  },
];

const ofSeat: readonly Figure<SeatStatus>[] = [
  { name: 'footprint_bytes', help: 'Footprint of the processes of a seat.', of: (s) => s.footprintBytes },
  { name: 'wired_bytes', help: 'Wired memory of a seat; 0 where that cannot be told.', of: (s) => s.wiredBytes },
  { name: 'declared_peak_bytes', help: 'Declared peak footprint of a seat.', of: (s) => s.peakBytes },
  {
    name: 'lifetime_peak_bytes',
    help: 'Largest footprint the running processes of a seat have had.',
    of: (s) => s.lifetimePeakBytes,
  },
  {
    name: 'proposed_peak_bytes',
    help: 'Largest peak over all runs of a seat, where that is more than it declares.',
    of: (s) => s.proposedPeakBytes,
  },
  { name: 'in_flight', help: 'Requests to a seat that are under way by the gateway.', of: (s) => s.inFlight },
  { name: 'starts_last_hour', help: 'Starts of a seat in the last hour.', of: (s) => s.starts },
  {
    name: 'pending_restart',
    help: '1 when a seat runs with another wired limit than it should.',
    of: (s) => Number(s.pendingRestart),
  },
  {
    name: 'last_exit_code',
    help: 'How the last run of a seat ended: an exit code, or the negative of a signal.',
    of: (s) => s.lastExit,
  },
];

/** Of each channel that castellan.toml says how to ask. */
const ofChannel: readonly Figure<ChannelStatus>[] = [
  {
    name: 'strikes',
    help: 'Failures of a seat in a row on one channel; a success takes them back.',
    of: (c) => c.strikes,
  },
  {
    name: 'seconds',
    help: 'How long the last answer of a seat on one channel took.',
    of: (c) => (c.last?.ms == null ? null : c.last.ms / 1000),
  },
];

/** What is not known is not there, rather than zero. (Not a number would be `Nan` to prom-client, which is no value of the format.) */
export const setKnown = (gauge: Gauge, value: number | null): void => {
  if (value === null) gauge.remove();
  else gauge.set(value);
};

const bandStates = bandStatusSchema.shape.state.options;

/** Gives what sets all of them to what a status says. */
export const createStatusMetrics = (registry: Registry): ((status: Status) => void) => {
  const registers = [registry];
  const plain = [...machine, ...relief, ...keeper].map(({ name, help, of }) => {
    const gauge = new Gauge({ name: `castellan_${name}`, help, registers });
    return (status: Status): void => setKnown(gauge, of(status));
  });
  const counters = counted.map(({ name, help, of }) => {
    const counter = new Counter({ name: `castellan_${name}`, help, registers });
    return (status: Status): void => {
      counter.reset();
      counter.inc({}, of(status) ?? 0);
    };
  });
  const seats = ofSeat.map(({ name, help, of }) => {
    const gauge = new Gauge({ name: `castellan_seat_${name}`, help, labelNames: ['seat'], registers });
    return (status: Status): void => {
      gauge.reset();
      for (const seat of status.seats) {
        const value = of(seat);
        if (value !== null) gauge.set({ seat: seat.name }, value);
      }
    };
  });
  const channels = ofChannel.map(({ name, help, of }) => {
    const gauge = new Gauge({ name: `castellan_probe_${name}`, help, labelNames: ['seat', 'channel'], registers });
    return (status: Status): void => {
      gauge.reset();
      for (const seat of status.seats)
        for (const channel of seat.health?.channels ?? []) {
          const value = channel.state === 'off' ? null : of(channel);
          if (value !== null) gauge.set({ seat: seat.name, channel: channel.channel }, value);
        }
    };
  });
  const oneOf = (
    name: string,
    help: string,
    label: 'state' | 'verdict',
    states: readonly string[],
    of: (seat: SeatStatus) => string | null,
  ) => {
    const gauge = new Gauge<string>({ name: `castellan_seat_${name}`, help, labelNames: ['seat', label], registers });
    return (status: Status): void => {
      gauge.reset();
      for (const seat of status.seats) {
        const now = of(seat);
        if (now !== null)
          for (const state of states) gauge.set({ seat: seat.name, [label]: state }, Number(state === now));
      }
    };
  };
  const all = [
    ...plain,
    ...counters,
    oneOf('state', '1 for the state a seat is in, 0 for the others.', 'state', seatState.options, ({ state }) => state),
    oneOf(
      'health',
      '1 for what is held of the health of a seat, 0 for the others; none of these where nothing is known of it.',
      'verdict',
      verdictCodes,
      ({ health }) => health?.verdict ?? null,
    ),
    oneOf(
      'band_state',
      '1 for what is so of the memory band of a seat, 0 for the others.',
      'state',
      bandStates,
      ({ band }) => band?.state ?? null,
    ),
    ...seats,
    ...channels,
  ];
  return (status) => {
    for (const set of all) set(status);
  };
};
