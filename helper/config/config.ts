import type { RuntimeKind } from '../adapters/wire.ts';
import type { BandName } from '../host/port.ts';
import type { PushTarget } from '../protocol/push.ts';

/** A valid configuration, with every default filled in. Sizes are bytes. `castellan.toml` is its written form. */
export interface Config {
  readonly pressure: PressureConfig;
  readonly seats: readonly SeatConfig[];
  /** Bands of processes that are no seats. */
  readonly bands: readonly BandRule[];
  readonly gpu: {
    /** What the GPU may hold wired on this machine (iogpu.wired_limit_mb); null: the system's own policy. */
    readonly wiredLimitBytes: number | null;
  };
  readonly api: ApiConfig;
  readonly relief: ReliefConfig;
  /** Null: containers are not looked at. */
  readonly containers: ContainersConfig | null;
  /** Null: nobody is asked. */
  readonly advisor: AdvisorConfig | null;
  readonly alerts: {
    /** Alerts are also appended here, with the rights of the file's home: `~name/…` or an absolute path; null: not. */
    readonly file: string | null;
    readonly push: readonly PushTarget[];
  };
  readonly history: { readonly maxBytes: number };
}

export interface Threshold {
  /** The level holds below this much available memory; at exactly this much it does not. */
  readonly availableBytes: number;
  /** The level holds from this share of swap in use, percent. */
  readonly swapPercent: number;
}

export interface PressureConfig {
  readonly yellow: Threshold;
  readonly orange: Threshold;
  readonly red: Threshold;
  /** The swap arm says nothing below this much swap in use: the total grows with swap files. */
  readonly swapArmFromBytes: number;
  /** At orange, compressor growth above this lifts the level to red. */
  readonly compressorGrowthBytesPerSecond: number;
}

export type EntryClass = 'freeze_only' | 'kill_allowed';

export interface ReliefConfig {
  readonly mode: 'dry_run' | 'live';
  readonly entries: readonly PolicyEntry[];
  readonly services: readonly ShedService[];
  /** Programs that keep models in memory and can be asked to unload them. */
  readonly runtimes: readonly RuntimeConfig[];
  /** Labels of services that this policy counts on; one that is not loaded is an error that is shown. */
  readonly dependsOn: readonly string[];
  /** Flushing disk caches: never, asked first, or by itself. */
  readonly purge: 'off' | 'ask' | 'automatic';
}

interface EntryBase {
  readonly name: string;
  /** RE2, searched in the whole command line. */
  readonly pattern: string;
  /** Smaller footprints are left alone. Of a group, the sum. */
  readonly freezeFloorBytes: number;
  /** What is frozen with a match: nothing else, its descendants, or its process group. At most 64 in all. */
  readonly group: 'none' | 'tree' | 'pgid';
  /** What answers here that is needed to judge the trouble ("hosts the council gateway"); last in every order, and asked first. */
  readonly oracle: string | null;
  /** The operator is not asked although the match listens, runs virtual machines, offers Mach services or is an oracle. */
  readonly withoutAsking: boolean;
  /** Processes of this account are meant although it is no login user's. */
  readonly ownerUid: number | null;
}

/** May be stopped and resumed, nothing else. */
export interface FreezeOnlyEntry extends EntryBase {
  readonly class: 'freeze_only';
}

/** May be frozen, and its end may be proposed to the operator. */
export interface KillAllowedEntry extends EntryBase {
  readonly class: 'kill_allowed';
  readonly killFloorBytes: number;
  /** Ended on red without asking when it leaks. Off unless the operator says so. */
  readonly preAuthorised: boolean;
}

export type PolicyEntry = FreezeOnlyEntry | KillAllowedEntry;

/** A service that may be shed (booted out) and is restored when memory is calm again. */
export interface ShedService {
  /** Of one service, or the beginning of several labels with an asterisk behind it. */
  readonly label: string;
  /** launchd domain of what is meant: `system`, or `gui/UID`; left out: `system`. */
  readonly domain?: string;
  /** `ladder_1`: an operating system's background service, listed by the operator to opt in. */
  readonly at: 'ladder_1' | 'yellow' | 'orange';
}

/** A runtime of models that is no seat (LM Studio, ollama …). */
export interface RuntimeConfig {
  readonly kind: RuntimeKind;
  /** What it is called everywhere: "LM Studio", and its address where that is not the usual one. */
  readonly name: string;
  /** `http://` and an address of this machine. */
  readonly url: string;
  /** File with a token, read with the rights of the user at the console; null: none. */
  readonly tokenFile: string | null;
  /** Its command line; null: where it usually is. */
  readonly cli: string | null;
  /** The step of the ladder from which its models may be unloaded. */
  readonly at: 'ladder_1' | 'ladder_2' | 'ladder_3';
  /** Models with fewer parameters stay, billions; 0: none stays for its size. */
  readonly leastBillions: number;
  /** Its models are unloaded unasked although they are in use, or nobody knows. */
  readonly withoutAsking: boolean;
}

/** Containers of Docker, OrbStack or Colima. */
export interface ContainersConfig {
  /** Of the engine; null: where each has it. */
  readonly socket: string | null;
  /** So long one must have idled to be stopped. */
  readonly idleSeconds: number;
  /** Names of those that may be stopped, beside those that carry the label. */
  readonly stop: readonly string[];
  /** Words in names and images of those that are never stopped. */
  readonly keep: readonly string[];
  readonly checksPorts: boolean;
  /** Run as the user at the console when a port stays closed; null: nothing is. */
  readonly restart: readonly [string, ...string[]] | null;
}

/** Who is asked for a suggestion when memory stays short: an OpenAI-compatible chat endpoint off this machine. */
export interface AdvisorConfig {
  /** Without name, password and query. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token; null: none is. */
  readonly keyFile: string | null;
  /** PEM; null: the authorities that Node knows. */
  readonly caFile: string | null;
  /** Red must have lasted so long. */
  readonly afterSeconds: number;
  /** Once in so long at most. */
  readonly everySeconds: number;
  /** So long its answer may take. */
  readonly withinSeconds: number;
}

/** An address to listen at or to connect to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The HTTP API of the gateway. */
export interface ApiConfig {
  readonly listen: Address;
  /** Further addresses: only `/status`, `/healthz` and `/metrics`, and only with the token. */
  readonly extraListen: readonly Address[];
  /** `/load` and `/release` ask for no token. */
  readonly isOpen: boolean;
}

/** A process that is no seat and has a band of its own ("QEMU is HOME"). */
export interface BandRule {
  readonly name: string;
  /** RE2, searched in the whole command line. */
  readonly pattern: string;
  readonly band: BandName;
}

/** How a seat shows that it serves. */
export type ReadyConfig =
  /** A GET that must answer 2xx; asked by the gateway, which runs without rights. */
  | { readonly kind: 'http'; readonly url: string }
  /** A program and its arguments, run without a shell with the rights of the seat's user; exit 0 within 5 s is yes. */
  | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]] };

/** Connections to `listen` start the seat and are passed on to `target`. */
export interface ProxyConfig {
  readonly listen: Address;
  readonly target: Address;
}

/** Files that the next start of a seat needs. */
export interface SeatFiles {
  readonly program: string;
  /** Names of files that must lie in the program's folder (a .metallib). */
  readonly beside: readonly string[];
  /** Pinned SHA-256 of the program, 64 hex digits; null: none. */
  readonly sha256: string | null;
}

/** Of listeners that ask for a certificate: PEM files that the gateway's account can read. */
export interface ClientTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** What is asked of a seat that serves, to know that it does. */
export interface HealthConfig {
  /** GETs that must all answer 200; empty: none is asked. */
  readonly listUrls: readonly string[];
  /** A POST of a short chat; null: it is not asked to work. */
  readonly chatUrl: string | null;
  /** The model that is asked for and must answer; null: the first of the list, whichever it is. */
  readonly model: string | null;
  readonly files: SeatFiles | null;
  readonly tls: ClientTls | null;
}

export interface SeatConfig {
  readonly name: string;
  readonly class: 'protected' | 'on_call';
  /** launchd label; its pid and that pid's descendants are the seat. */
  readonly label: string;
  /** launchd domain of its service: `system`, or `gui/UID` for one of the user at the console. */
  readonly domain: string;
  /** Declared peak footprint: what is always kept for a protected seat. */
  readonly peakBytes: number;
  /** What the peak is tied to ("at 32K tokens of context"); null: nothing is said. */
  readonly note: string | null;
  readonly wiredBytes: number;
  readonly band: BandName;
  /** Without traffic for so long, an on-call seat is unloaded; 0: never by itself. */
  readonly idleSeconds: number;
  /** Null: nothing can be asked (a simulated machine), so that it counts as loaded when it stops growing. */
  readonly ready: ReadyConfig | null;
  /** So long a start may take until it is ready. */
  readonly readySeconds: number;
  /** How long its orderly stop may take. */
  readonly drainSeconds: number;
  /** Loopback port at which it serves, whose connections count as traffic; null: not known. */
  readonly port: number | null;
  readonly proxy: ProxyConfig | null;
  /** Account it runs as; null: whatever its property list says. */
  readonly user: string | null;
  /** Program and arguments of which its property list is made; null: the operator wrote one. */
  readonly command: readonly [string, ...string[]] | null;
  /** Arguments that tell the program its wired limit, `{mb}` in place of the figure; empty: it takes none. */
  readonly wiredArgument: readonly string[];
  /** What answers here that is needed to judge the trouble; null: nothing. */
  readonly oracle: string | null;
  /** Label of the service that stands in for it; null: none. */
  readonly fallback: string | null;
  /** Null: what it says of itself is not checked. */
  readonly health: HealthConfig | null;
}

/** What a seat is when castellan.toml says nothing else. The band and the proxy's address go by the class and the seat. */
export const seatDefaults = {
  domain: 'system',
  note: null,
  wiredBytes: 0,
  band: 'IDLE',
  idleSeconds: 300,
  ready: null,
  readySeconds: 120,
  drainSeconds: 30,
  port: null,
  proxy: null,
  user: null,
  command: null,
  wiredArgument: ['--metal-wired-limit-mb', '{mb}'],
  oracle: null,
  fallback: null,
  health: null,
} as const satisfies Omit<SeatConfig, 'name' | 'class' | 'label' | 'peakBytes'>;

export const GB = 2 ** 30;
export const MB = 2 ** 20;

/** Compiled in; what holds when there is no castellan.toml, or an invalid one at start. */
export const defaultConfig: Config = {
  pressure: {
    yellow: { availableBytes: 8 * GB, swapPercent: 70 },
    orange: { availableBytes: 4 * GB, swapPercent: 85 },
    red: { availableBytes: 2 * GB, swapPercent: 95 },
    swapArmFromBytes: 4 * GB,
    compressorGrowthBytesPerSecond: 100 * MB,
  },
  seats: [],
  bands: [],
  gpu: { wiredLimitBytes: null },
  api: { listen: { host: '127.0.0.1', port: 2189 }, extraListen: [], isOpen: false },
  relief: { mode: 'dry_run', entries: [], services: [], runtimes: [], dependsOn: [], purge: 'off' },
  containers: null,
  advisor: null,
  alerts: { file: null, push: [] },
  history: { maxBytes: 256 * MB },
};
