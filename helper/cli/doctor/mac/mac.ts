import type { Stats } from 'node:fs';
import type { ReadStarts } from '../../../deadman/starts.ts';
import type { PeerResult, PeerTokenResult } from '../../../host/peer.ts';
import type { Host } from '../../../host/port.ts';
import type { Place } from '../../place.ts';

/** What one of Apple's own tools said. Null as code: it gave no answer in time, or cannot be run. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A process of our own, to try things on. */
export interface OwnChild {
  readonly pid: number;
  /** Plain kill(2): the port stops nothing without a tombstone. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** Ends it, also when it is stopped, and resolves when it is gone. */
  end(): Promise<void>;
}

export interface OwnProcess {
  readonly pid: number;
  /** Links resolved. */
  readonly executable: string;
  /** How its command line ends. */
  readonly lastWords: string;
  /** CPU time so far as the runtime has it. */
  cpuMs(): number;
}

/** A Mac, and all that the checks may touch of it. */
export interface Mac {
  readonly host: Host;
  /** 22 is macOS 13, 23 is 14, 24 is 15. */
  readonly darwinMajor: number;
  readonly uid: number;
  readonly own: OwnProcess;
  readonly place: Place;
  run(program: string, args: readonly string[]): Promise<Ran>;
  readonly readStarts: ReadStarts;
  startChild(): Promise<OwnChild>;
  /** Connects to a unix socket of our own and asks `peerOf` for its accepted end. Null: it names this process; else what was wrong. */
  testPeer(peerOf: (fd: number) => PeerResult): Promise<string | null>;
  /** A TCP port of our own on the loopback interface. */
  listen(): Promise<{ readonly address: string; close(): void }>;
  /** LOCAL_PEERTOKEN, which the host itself asks for in a signed build only. */
  tokenOf(fd: number): PeerTokenResult;
  /**
   * SIGCONT to a child of our own by proc_signal_with_audittoken, with the version it has now, or with another. Answers 0, or the
   * errno. Null: libSystem has no such call.
   */
  readonly continueByToken: ((pid: number, version: 'its own' | 'another') => number) | null;
  /** Null: there is nothing of that name. */
  lstat(path: string): Pick<Stats, 'uid' | 'gid' | 'mode' | 'isDirectory' | 'isFile' | 'isSymbolicLink'> | null;
  sleep(ms: number): Promise<void>;
}

const bundlePattern = /^(.*\.app)\/Contents\//;

/** The app bundle this program is part of; null: none. */
export const bundleOf = ({ own }: Pick<Mac, 'own'>): string | null => bundlePattern.exec(own.executable)?.[1] ?? null;
