import type { SeatStatus, ServiceRow } from '../../protocol/seats.ts';
import { withClient } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption } from '../command.ts';
import { countdown, size } from '../figures.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';
import { tell } from '../relief/print.ts';
import { columns } from '../seats/columns.ts';
import type { ListedRow } from '../seats/output.ts';

/** The list says what launchd knows, the status what is declared and counted. */
const listed = (row: ServiceRow, seats: readonly SeatStatus[]): ListedRow => {
  const seat = row.kind === 'seat' ? seats.find(({ name }) => name === row.name) : undefined;
  return { ...row, peakBytes: seat?.peakBytes ?? null, stopsInSeconds: seat?.stopsInSeconds ?? null };
};

const cells = (row: ListedRow): readonly string[] => {
  const { name, kind, state, pid, lastExit, footprintBytes, peakBytes, stopsInSeconds, label } = row;
  return [
    name,
    kind,
    state,
    pid === null ? '-' : String(pid),
    lastExit === null ? '-' : String(lastExit),
    footprintBytes === null ? '-' : size(footprintBytes),
    peakBytes === null ? '-' : size(peakBytes),
    stopsInSeconds === null ? '-' : countdown(stopsInSeconds),
    label,
  ];
};

const lines = (rows: readonly ListedRow[]): readonly string[] =>
  rows.length === 0
    ? ['There are no seats, and no services to shed: castellan.toml declares none.']
    : columns(
        [['NAME', 'KIND', 'STATE', 'PID', 'EXIT', 'FOOTPRINT', 'PEAK', 'COUNTDOWN', 'LABEL'], ...rows.map(cells)].map(
          (row) => row.map(printable),
        ),
        new Set([3, 4, 5, 6, 7]),
      );

export const servicesCommand: Command = {
  name: 'services',
  summary: 'seats and services to shed, one a line',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'EXIT is how the last run ended, as launchd lists it: an exit code, or the negative of a signal. PEAK is what is declared,',
    'COUNTDOWN the time until an idle seat is unloaded.',
  ],
  run: async (parsed, io) => {
    const answer = await withClient(placeOf(parsed, io), async (client) => {
      const found = await client.request('read.services', {});
      if (!found.ok) return found;
      const status = await client.request('read.status', {});
      if (!status.ok) return status;
      const services = found.result.services.map((row) => listed(row, status.result.seats));
      return { ok: true, result: { services } } as const;
    });
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, answer.result, lines(answer.result.services));
  },
};
