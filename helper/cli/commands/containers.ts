import type { ContainerRow, ContainersStatus } from '../../protocol/containers.ts';
import { ask } from '../ask.ts';
import { type Command, exitCodes, failed, jsonOption, runDirOption } from '../command.ts';
import { engineText, memoryWords, standingText } from '../containers/words.ts';
import { duration, size } from '../figures.ts';
import { placeOf } from '../place.ts';
import { printable } from '../printable.ts';
import { tell } from '../relief/print.ts';
import { columns } from '../seats/columns.ts';

const cells = (row: ContainerRow): readonly string[] => [
  row.name,
  standingText(row),
  row.isOffered ? 'yes' : 'no',
  row.memoryBytes === null ? '-' : size(row.memoryBytes),
  row.isOffered ? row.why : '',
];

const table = ({ list, omitted }: ContainersStatus): readonly string[] => [
  ...columns(
    [['NAME', 'STATE', 'OFFERED', 'MEMORY', 'WHY NOT STOPPED'], ...list.map(cells)].map((row) => row.map(printable)),
    new Set([3]),
  ),
  ...(omitted === 0 ? [] : [`And ${omitted} more.`]),
];

const lines = (status: ContainersStatus | null): readonly string[] => {
  if (status === null) return ['Containers are not looked at: castellan.toml has no [containers].'];
  const { engine, list, idleSeconds } = status;
  const head = printable(engineText(status));
  if (list.length === 0)
    return [head, ...(engine.state === 'reachable' ? ['None is offered for stopping when it idles.'] : [])];
  return [head, ...table(status), `One that has idled for ${duration(idleSeconds)} is stopped. ${memoryWords}`];
};

/** An engine that does not answer, or a port that is closed. */
const isWell = (status: ContainersStatus | null): boolean =>
  status === null ||
  (status.engine.state !== 'unreachable' && status.list.every(({ closedPorts }) => closedPorts.length === 0));

export const containersCommand: Command = {
  name: 'containers',
  summary: 'containers that may be stopped when they idle, and those whose ports are closed',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'OFFERED: by its label com.sanctum.castellan.stop=idle, or by name in castellan.toml. Others are left alone and not listed,',
    'unless a port they publish is closed. Exit 1: the engine does not answer, or a port is closed.',
  ],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'read.status', {});
    if (!answer.ok) return failed(answer.failure);
    const { containers } = answer.result;
    return tell(parsed, io, { containers }, lines(containers), isWell(containers) ? exitCodes.ok : exitCodes.findings);
  },
};
