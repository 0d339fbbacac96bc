import type { CodeVerdict, PeerCode, PeerResult } from './peer.ts';
import type { KillPermit, StopPermit } from './permits.ts';
import type { MachineReading, ProcessId, ProcessReading, ProcessTable, SensorFact } from './reading.ts';
import type { ServiceManager } from './service-manager.ts';

/**
 * Everything of Castellan that touches an operating system. Three hosts implement it: `darwin` (production), `linux`
 * (development, CI, Linux model boxes) and `sim` (a deterministic Mac). One contract suite runs against all three.
 * No member throws for what a machine can do to it: a vanished pid or a refusal is a value.
 */

export const hostKinds = ['darwin', 'linux', 'sim'] as const;
export type HostKind = (typeof hostKinds)[number];

/** Expected outcomes of an act on one process. */
export type ActResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly problem: 'vanished' | 'reused' | 'refused' | 'unsupported';
      readonly detail: string;
    };

/** Signals Castellan ever sends. */
export type HostSignal = 'SIGSTOP' | 'SIGCONT' | 'SIGTERM' | 'SIGKILL';

/** What must be known of a process before it is acted upon, beyond its row in the table. Null: could not be read. */
export interface Inspection {
  readonly id: ProcessId;
  /** "127.0.0.1:1337", as many as there are. */
  readonly listening: readonly string[] | null;
  /** It runs virtual machines: it holds /dev/kvm, or is entitled to Apple's hypervisor. */
  readonly isHypervisor: boolean | null;
  readonly isTraced: boolean | null;
  /** Part of the operating system (macOS: signed by Apple as a platform binary; Linux: a kernel thread or pid 1). */
  readonly isPlatform: boolean | null;
  readonly processGroup: number | null;
}

/** Traffic at one loopback port, as far as the kernel tells. */
export interface PortTraffic {
  readonly port: number;
  /** Established connections to it. */
  readonly connections: number;
  /**
   * A figure that changes when bytes move over any of them, and that means nothing else (the sum of their byte counters
   * falls when one closes); null: the kernel does not tell.
   */
  readonly mark: number | null;
}

/** Who listens at an address. */
export interface PortOwner {
  readonly pid: number;
  /** Its command line, one plain line. */
  readonly command: string;
}

/** A program that says by its exit code whether a seat serves. */
export interface ProbeSpec {
  /** Label of the seat's service: what a simulated machine goes by. */
  readonly label: string;
  /** Run without a shell; null on a simulated machine only. */
  readonly argv: readonly [string, ...string[]] | null;
  /** Account whose rights it gets; null: those of the keeper when that is not root, else nobody's. */
  readonly user: string | null;
  readonly timeoutMs: number;
}

export interface ProbeResult {
  readonly ok: boolean;
  /** "exit 1", "no answer within 5 s", and what it wrote first; empty when all is well. */
  readonly detail: string;
}

/**
 * What the GPU may hold wired. `unknown`: it could not be read just now. `not_evaluated`: this machine has no such limit, or
 * does not show it; with `isSystemPolicy` the system decides itself, and `setGpuLimit` would put a figure in its place.
 */
export type GpuLimit =
  | { readonly kind: 'limit'; readonly bytes: number; readonly isSystemPolicy: boolean }
  | { readonly kind: 'unknown'; readonly detail: string }
  | { readonly kind: 'not_evaluated'; readonly why: string; readonly isSystemPolicy?: boolean };

export type GpuLimitResult =
  | { readonly ok: true; readonly bytes: number }
  | { readonly ok: false; readonly problem: 'refused' | 'unsupported' | 'failed'; readonly detail: string };

/** Jetsam bands by name: the numbers changed tenfold in macOS 13 and do not exist on Linux. */
export const bandNames = ['IDLE', 'BACKGROUND', 'FOREGROUND', 'HOME', 'DEFAULT', 'CRITICAL'] as const;
export type BandName = (typeof bandNames)[number];

export type BandResult =
  | { readonly ok: true; readonly band: BandName | null; readonly raw: number }
  | {
      readonly ok: false;
      readonly problem: 'vanished' | 'reused' | 'refused' | 'unsupported';
      readonly detail: string;
    };

/**
 * How much of which process the compressor and swap hold. When both are full, macOS ends the process that holds more than
 * half of it (xnu bsd/kern/kern_proc.c, no_paging_space_action), whatever its band.
 */
export interface CompressedShares {
  readonly atMs: number;
  /** Of all processes, as large as it was before it was compressed. */
  readonly totalBytes: number;
  /** Largest first, at most eight. */
  readonly largest: readonly { readonly id: ProcessId; readonly compressedBytes: number }[];
}

/** What does not change until the machine restarts. */
export interface MachineFacts {
  readonly totalBytes: number;
  readonly pageBytes: number;
  /** Differs after each boot; state written under another value is void. */
  readonly bootId: string;
  /** For people: "macOS 15.5 (24F74)", "Debian GNU/Linux 12 (bookworm), Linux 6.18". */
  readonly os: string;
  /** What this host cannot do here and why, each a sentence for `castellan doctor` (not root, no PSI …). */
  readonly missing: readonly string[];
}

/** Monotonic milliseconds for every judgement, wall milliseconds for print only. */
export interface Clock {
  nowMs(): number;
  wallMs(): number;
  /** Calls back once, at or after `atMs` of the monotonic clock. Returns the cancellation. */
  at(atMs: number, call: () => void): () => void;
}

/** `fast` reads only what is cheap enough for a 10 ms interval (no kernel level, no swap traffic); `slot` reads all. */
export type ReadDepth = 'fast' | 'slot';

export interface Host {
  readonly kind: HostKind;
  readonly facts: MachineFacts;
  readonly clock: Clock;

  /** Machine counters. Synchronous; a few preads. */
  readMachine(depth: ReadDepth): MachineReading;
  /** The full process table, with footprints. At most 8 ms for 1,000 processes. */
  readProcesses(): ProcessTable;
  /** Chosen processes only, in the order asked; one whose identity no longer matches is a `vanished` fact. */
  readChosen(ids: readonly ProcessId[]): readonly (ProcessReading | SensorFact)[];
  /** Identity that a pid has right now. */
  identify(pid: number): ProcessId | SensorFact;

  /** Looks closer at one process: tens of microseconds to a few milliseconds, so for candidates only. */
  inspect(id: ProcessId): Inspection | SensorFact;

  /** Re-reads the identity, signals, and says `reused` rather than signal a stranger. */
  signal(id: ProcessId, signal: 'SIGCONT' | 'SIGTERM'): ActResult;
  /** SIGSTOP. Takes the proof that the deadman has acknowledged the tombstone of exactly this process. */
  stop(permit: StopPermit): ActResult;
  /** SIGKILL. Takes the proof that the operator approved the end of exactly this process. */
  kill(permit: KillPermit): ActResult;
  readBand(id: ProcessId): BandResult;
  /** Sets and reads back. `ok` carries what was read back. */
  setBand(id: ProcessId, band: BandName): BandResult;

  /**
   * Asks the kernel anew, some milliseconds off the loop: not more than once a minute. A fact: it does not tell. Never rejects.
   * Absent where ends are not decided by this.
   */
  readCompressedShares?(): Promise<CompressedShares | SensorFact>;
  /**
   * Puts this process before those it looks after: its band, its access to the disk. Returns what was refused, each a
   * sentence. Absent where the arbiter's own setting of bands is all there is.
   */
  raiseSelf?(): readonly string[];

  /**
   * Drops file caches that can be read from the disk again; seconds, off the loop. Never rejects. Absent where this process may
   * not, or there is no way.
   */
  flushCaches?(): Promise<{ readonly ok: true } | { readonly ok: false; readonly detail: string }>;

  readonly services: ServiceManager;

  /** Traffic at loopback ports, in the order asked; null: not known on this host. At most a millisecond. */
  portTraffic(ports: readonly number[]): readonly PortTraffic[] | null;
  /**
   * Who listens where "127.0.0.1:1337" would, in pieces, so that the loop goes on; null: nobody, or not to be found out. Never
   * rejects. Absent where there is no way to ask.
   */
  portOwner?(address: string): Promise<PortOwner | null>;
  /**
   * Whether anybody listens there, also one of whom it cannot be found out who it is. Never rejects. Absent where `portOwner`
   * finds everybody.
   */
  isPortTaken?(address: string): Promise<boolean>;
  /** Runs a readiness command. Never rejects. */
  probe(spec: ProbeSpec): Promise<ProbeResult>;
  /** Whether the file a process was started from is gone; null: not known. */
  isExecutableGone(id: ProcessId): boolean | null;
  /** Synchronous and cheap: asked in every slot. */
  gpuLimit(): GpuLimit;
  /** Sets and reads back; 0 is the system's own policy. */
  setGpuLimit(bytes: number): GpuLimitResult;

  /** A hint that pressure rose or fell; may be late, coalesced or missing. Returns the unsubscription. */
  onPressure(listener: () => void): () => void;

  /** Kernel's word on the peer of an accepted unix socket's descriptor. */
  peerOf(fd: number): PeerResult;
  /**
   * Absent where programs cannot be told apart by their signature: on Linux, and in a build of macOS's that nobody signed. The
   * boundary is then the user who connects, and nothing more is claimed.
   */
  readonly peerCode?: PeerCode;
  /**
   * The signature of a program on disk, with all it seals, as `codesign --verify --strict` looks at it; without the network,
   * one at a time, at most 30 s each. Never rejects. Absent where there are no signatures.
   */
  checkCode?(path: string): Promise<CodeVerdict>;

  /** Changes the simulated machine (`castellan sim set KEY VALUE`). Absent on hosts that are real. */
  simulate?(
    key: string,
    value: string,
  ): { readonly ok: true; readonly now: string } | { readonly ok: false; readonly detail: string };

  /** Stops native calls in flight and closes kept descriptors. Safe to call twice. */
  close(): Promise<void>;
}
