import type { ContainerRow, ContainersStatus } from '../../protocol/containers.ts';
import { duration } from '../figures.ts';

/** Containers in words, the same in the list and in the status. */

/** What a container held goes back to its virtual machine, and that keeps it. */
export const memoryWords =
  'The virtual machine keeps the memory of a container that is stopped: nothing is counted as returned.';

const portsText = (ports: readonly number[]): string =>
  ports.length === 0 ? '' : `${ports.length === 1 ? 'port' : 'ports'} ${ports.join(', ')} closed`;

const stateText = ({ state, forSeconds }: ContainerRow): string => {
  switch (state) {
    case 'idle':
      return forSeconds === null ? 'idle' : `idle for ${duration(forSeconds)}`;
    case 'stopped':
      return forSeconds === null ? 'stopped by Castellan' : `stopped by Castellan ${duration(forSeconds)} ago`;
    case 'working':
      return 'at work';
    case 'kept':
      return 'kept';
    case 'stopping':
      return 'stopping';
    case 'unknown':
      return 'not known yet';
  }
};

/** "idle for 25 min", "at work, port 8096 closed". */
export const standingText = (row: ContainerRow): string =>
  [stateText(row), portsText(row.closedPorts)].filter((text) => text !== '').join(', ');

/** How the engine stands, one sentence; that nobody answers does not mean that there are no containers. */
export const engineText = ({ engine, running }: ContainersStatus): string => {
  switch (engine.state) {
    case 'unknown':
      return 'Docker has not been looked at yet.';
    case 'unreachable':
      return `Docker is unreachable: ${engine.detail.replace(/\.$/, '')}. Nothing is known of containers, and none is stopped.`;
    case 'reachable':
      return `${running === 1 ? '1 container runs' : `${running} containers run`}${engine.socket === null ? '' : ` (${engine.socket})`}.`;
  }
};

/** A line of the status holds as many; `castellan containers` has all. */
const mostNamed = 4;

/** One that works, or that stays, is no news. */
const isNews = ({ state, closedPorts }: ContainerRow): boolean =>
  closedPorts.length > 0 || (state !== 'working' && state !== 'kept');

/** One line of the status; null: nothing is configured. */
export const summaryText = (status: ContainersStatus | null): string | null => {
  if (status === null) return null;
  const { engine, list, running, omitted } = status;
  if (engine.state !== 'reachable') return engineText(status);
  const offered =
    list.filter(({ isOffered, state }) => isOffered && state !== 'kept' && state !== 'stopped').length + omitted;
  const may = offered === 0 ? 'none may be stopped' : `${offered} may be stopped when idle`;
  const news = list.filter(isNews);
  const named = news.slice(0, mostNamed).map((row) => `${row.name} ${standingText(row)}`);
  const more = news.length > named.length ? [`${news.length - named.length} more`] : [];
  const said = [...named, ...more].join('; ');
  return `${running} ${running === 1 ? 'container runs' : 'containers run'}, ${may}${said === '' ? '' : `: ${said}`}`;
};
