import type { ContainerRow, ContainersStatus } from '../../../helper/protocol/containers.ts';
import { agoText, roughSpan } from '../../text/format.ts';

/** Containers that may be stopped when they idle, in the words of the popover. */

/** As the sign before it: `fail` needs the operator, `pass` is at work, `open` claims nothing. */
export type ContainerTone = 'fail' | 'pass' | 'open';

export interface ContainerView {
  readonly name: string;
  readonly tone: ContainerTone;
  /** "idle for 25 min", "port 8096 closed". */
  readonly text: string;
  /** Why it is not stopped; empty: it is, or nothing is to be said. */
  readonly title: string;
}

const lasting = (word: string, { forSeconds }: ContainerRow): string =>
  forSeconds === null ? word : `${word} for ${roughSpan(forSeconds)}`;

const stateText = (row: ContainerRow): string => {
  switch (row.state) {
    case 'idle':
      return lasting('idle', row);
    case 'stopped':
      return row.forSeconds === null ? 'stopped by Castellan' : `stopped by Castellan ${agoText(row.forSeconds)}`;
    case 'working':
      return 'running';
    case 'kept':
      return 'running, kept';
    case 'stopping':
      return 'stopping';
    case 'unknown':
      return 'running, idle or not is not known yet';
  }
};

const portsText = (ports: readonly number[]): string =>
  ports.length === 0 ? '' : `${ports.length === 1 ? 'port' : 'ports'} ${ports.join(', ')} closed`;

const containerView = (row: ContainerRow): ContainerView => ({
  name: row.name,
  tone: row.closedPorts.length > 0 ? 'fail' : row.state === 'working' || row.state === 'kept' ? 'pass' : 'open',
  text: [portsText(row.closedPorts), stateText(row)].filter((text) => text !== '').join(' · '),
  title: row.why === '' ? '' : `Not stopped: ${row.why}.`,
});

export interface ContainersView {
  /** What the engine says, and what it costs not to know; null: it answers. */
  readonly trouble: string | null;
  readonly rows: readonly ContainerView[];
  /** Below the rows. */
  readonly note: string;
}

/** What a container held goes back to its virtual machine, and that keeps it. */
const memoryNote = 'The virtual machine keeps the memory of one that is stopped.';

const withoutStop = (text: string): string => text.replace(/\.$/, '');

/** So many have a line; what needs the operator comes first in the list. */
const mostRows = 8;

/** Null: castellan.toml does not ask for containers to be looked at. */
export const containersView = (status: ContainersStatus | null): ContainersView | null => {
  if (status === null) return null;
  const { engine, running, list, omitted, idleSeconds } = status;
  // What was seen before the engine was gone is not shown as if it were so: nothing of it is known now.
  if (engine.state === 'unreachable')
    return {
      trouble: `Docker is unreachable: ${withoutStop(engine.detail)}. Nothing is known of containers, and none is stopped.`,
      rows: list
        .filter(({ closedPorts }) => closedPorts.length > 0)
        .slice(0, mostRows)
        .map(containerView),
      note: '',
    };
  if (engine.state === 'unknown') return { trouble: null, rows: [], note: 'Docker has not been looked at yet.' };
  const others = Math.max(0, running - list.filter(({ state }) => state !== 'stopped').length - omitted);
  const alone =
    others === 0 ? '' : ` ${others} ${others === 1 ? 'other runs and is' : 'others run and are'} left alone.`;
  const unseen = Math.max(0, list.length - mostRows) + omitted;
  const more = unseen === 0 ? '' : `And ${unseen} more: \`castellan containers\`. `;
  if (list.length === 0)
    return {
      trouble: null,
      rows: [],
      note: `${running} ${running === 1 ? 'runs' : 'run'}; none is offered for stopping.`,
    };
  return {
    trouble: null,
    rows: list.slice(0, mostRows).map(containerView),
    note: `${more}Stopped after ${roughSpan(idleSeconds)} without use. ${memoryNote}${alone}`,
  };
};
