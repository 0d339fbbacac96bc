import type { Failure } from '../../protocol/errors.ts';
import type { Looking } from './facts.ts';
import type { HomeFiles } from './files.ts';

/** Everything a cutover touches, so that each of it can fail in a test. */

/** Where root itself keeps things; whoever else could write there is refused. Every call may throw. */
export interface RootFiles {
  /** castellan.toml; null: there is none. */
  readConfig(): string | null;
  /** Whole or not at all. */
  writeConfig(text: string): void;
  removeConfig(): void;
  readonly configPath: string;
  /** Names of all cutovers that were written down, oldest first. */
  journals(): readonly string[];
  /** Adds one line and waits until it is on the disk; the first line makes the file. */
  addToJournal(name: string, line: string): void;
  /** The lines of one. */
  readJournal(name: string): readonly string[];
  /** Only one cutover or rollback at a time; the lock ends with the process that holds it. */
  lock(): { readonly ok: true; readonly release: () => void } | { readonly ok: false; readonly failure: Failure };
}

export interface CutoverPorts extends Looking {
  readonly now: () => Date;
  readonly home: HomeFiles;
  readonly files: RootFiles;
  /** Whether an address can be listened at now. */
  readonly canListen: (address: string) => Promise<boolean>;
  /** Has the keeper, and with it our other two, end in order; launchd starts them anew. Null: it took it, else why not. */
  readonly refreshKeeper: () => Promise<string | null>;
  /** Somebody asked for an end (Ctrl-C); what has been done is undone. */
  readonly isInterrupted: () => boolean;
}
