import type { ServiceRow } from '../../protocol/seats.ts';
import { ask } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption } from '../command.ts';
import { size } from '../figures.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';
import { tell } from '../relief/print.ts';
import { columns } from '../seats/columns.ts';

const cells = ({ name, kind, state, pid, lastExit, footprintBytes, label }: ServiceRow): readonly string[] => [
  name,
  kind,
  state,
  pid === null ? '-' : String(pid),
  lastExit === null ? '-' : String(lastExit),
  footprintBytes === null ? '-' : size(footprintBytes),
  label,
];

const lines = (rows: readonly ServiceRow[]): readonly string[] =>
  rows.length === 0
    ? ['There are no seats, and no services to shed: castellan.toml declares none.']
    : columns(
        [['NAME', 'KIND', 'STATE', 'PID', 'EXIT', 'FOOTPRINT', 'LABEL'], ...rows.map(cells)].map((row) =>
          row.map(printable),
        ),
        new Set([3, 4, 5]),
      );

export const servicesCommand: Command = {
  name: 'services',
  summary: 'seats and services to shed, one a line',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: ['EXIT is how the last run ended, as launchd lists it: an exit code, or the negative of a signal.'],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'read.services', {});
    if (!answer.ok) return failed(answer.failure);
    return tell(parsed, io, answer.result, lines(answer.result.services));
  },
};
