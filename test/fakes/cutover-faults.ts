import type { CutoverPorts } from '../../helper/install/cutover/ports.ts';

/** Whatever a cutover touches, failing at the test's choice. */

export type Fault =
  /** It fails and has done nothing. */
  | 'before'
  /** It has been done, and says that it failed. */
  | 'after'
  /** The process is gone: nothing is done from here on, by anybody. */
  | 'killed';

/** Thrown by everything once the process is gone. */
export class Killed extends Error {}

export interface Faulty {
  readonly ports: CutoverPorts;
  /** Names of the calls so far. */
  readonly calls: readonly string[];
}

/** @param choose told the number of a call, from 0, and its name; null: it goes well */
export const withFaults = (ports: CutoverPorts, choose: (call: number, name: string) => Fault | null): Faulty => {
  const calls: string[] = [];
  let isDead = false;

  /** Null: it may be done and goes well. */
  const faultOf = (name: string): Fault | null => {
    if (isDead) throw new Killed();
    calls.push(name);
    const fault = choose(calls.length - 1, name);
    if (fault !== 'killed') return fault;
    isDead = true;
    throw new Killed();
  };

  const sync = <T>(name: string, code: string, act: () => T): T => {
    const fault = faultOf(name);
    if (fault === 'before') throw Object.assign(new Error(`${code}: ${name}`), { code });
    const result = act();
    if (fault === 'after') throw Object.assign(new Error(`${code}: ${name}`), { code });
    return result;
  };

  const later = async <T>(name: string, failed: T, act: () => Promise<T>): Promise<T> => {
    const fault = faultOf(name);
    if (fault === 'before') return failed;
    const result = await act();
    return fault === 'after' ? failed : result;
  };

  const { files } = ports;
  return {
    calls,
    ports: {
      ...ports,
      launchd: {
        ...ports.launchd,
        launchctl: (args, limit) =>
          later(`launchctl ${args[0]}`, { code: 1, output: '' }, () => ports.launchd.launchctl(args, limit)),
      },
      home: (request) => later(`home ${request.op}`, { problem: 'EIO: i/o error' }, () => ports.home(request)),
      files: {
        ...files,
        readConfig: () => sync('readConfig', 'EIO', files.readConfig),
        writeConfig: (text) => sync('writeConfig', 'ENOSPC', () => files.writeConfig(text)),
        removeConfig: () => sync('removeConfig', 'EIO', files.removeConfig),
        addToJournal: (name, line) => sync('addToJournal', 'ENOSPC', () => files.addToJournal(name, line)),
      },
      askKeeper: () => later('askKeeper', { ok: false, why: 'connection lost' }, ports.askKeeper),
      refreshKeeper: () => later('refreshKeeper', 'connection lost', ports.refreshKeeper),
    },
  };
};
