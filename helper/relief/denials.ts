import type { PolicyEntry } from '../config/config.ts';
import type { Inspection } from '../host/port.ts';
import type { ProcessReading } from '../host/reading.ts';
import type { ServiceJob } from '../host/service-manager.ts';
import type { SeatStatus } from '../protocol/index.ts';
import { deniedProgram } from './denied-programs.ts';
import { programsOf, runs } from './programs.ts';

/** What is never acted upon, whatever the configuration says, and what the operator is asked about first. */

export interface DenialContext {
  /** Pids of Castellan and of its clients, and of all their ancestors. */
  readonly own: ReadonlySet<number>;
  /** The seat that the process belongs to; null: none. */
  readonly seat: {
    readonly name: string;
    readonly class: 'protected' | 'on_call';
    readonly state: SeatStatus['state'];
  } | null;
  /** Null: it has not been looked at closer, or could not be. */
  readonly inspection: Inspection | null;
  /** Account that the policy entry declares; null: none. */
  readonly ownerUid: number | null;
  /** Where accounts of people begin: see `loginUidsFrom`. Absent: as on a Mac. */
  readonly firstLoginUid?: number;
}

export type DenialCode =
  | 'first_process'
  | 'own'
  | 'system_program'
  | 'terminal'
  | 'seat_protected'
  | 'seat_loading'
  | 'seat_draining'
  | 'platform'
  | 'traced'
  | 'owner'
  | 'group_too_large'
  | 'not_looked_at';

export interface Denial {
  readonly code: DenialCode;
  /** Half a sentence: "it belongs to the protected seat Cilghal". */
  readonly text: string;
}

/**
 * The one reason for which a process is never frozen or ended; null: there is none. What is not known is no denial and no
 * permission either: `askFirstReasons` has the operator asked then.
 */
export const denialOf = (process: ProcessReading, context: DenialContext): Denial | null => {
  const { id, uid, command } = process;
  if (id.pid <= 1) return { code: 'first_process', text: 'the system cannot do without it' };
  if (context.own.has(id.pid)) return { code: 'own', text: 'Castellan, or who started it or a client of it' };
  return (
    deniedProgram(command) ??
    deniedSeat(context.seat) ??
    deniedInspection(command, context.inspection) ??
    deniedOwner(uid, context)
  );
};

/** What each state of a seat means here; a state that is new must be decided before this compiles. */
const seatStates: Readonly<Record<SeatStatus['state'], 'loading' | 'draining' | null>> = {
  absent: null,
  admitting: 'loading',
  starting: 'loading',
  loading: 'loading',
  ready: null,
  busy: null,
  idle: null,
  draining: 'draining',
  frozen: null,
  failed: null,
  hollow: null,
  doomed: null,
};

const deniedSeat = (seat: DenialContext['seat']): Denial | null => {
  if (seat === null) return null;
  if (seat.class === 'protected')
    return { code: 'seat_protected', text: `it belongs to the protected seat ${seat.name}` };
  switch (seatStates[seat.state]) {
    case 'loading':
      return { code: 'seat_loading', text: `the seat ${seat.name} is loading: its growth is expected` };
    case 'draining':
      return {
        code: 'seat_draining',
        text: `the seat ${seat.name} is on its way out: its memory comes back by itself`,
      };
    case null:
      return null;
  }
};

/**
 * Virtual machines of Apple's Virtualization framework run in this service of the system: a platform binary by signature,
 * the operator's guest by content. It is judged by the policy alone, and asked about first because it is a hypervisor.
 * https://developer.apple.com/documentation/virtualization
 */
const guestOfTheSystem = 'com.apple.Virtualization.VirtualMachine';

const deniedInspection = (command: string, inspection: Inspection | null): Denial | null => {
  if (inspection?.isTraced === true)
    return { code: 'traced', text: 'a debugger is attached: stopping it is the debugger’s' };
  if (inspection?.isPlatform === true && !runs(programsOf(command), guestOfTheSystem))
    return { code: 'platform', text: 'it is part of the operating system' };
  return null;
};

const deniedOwner = (uid: number, { ownerUid, firstLoginUid }: DenialContext): Denial | null =>
  uid === ownerUid || isLoginUid(uid, firstLoginUid ?? loginUidsFrom('darwin'))
    ? null
    : { code: 'owner', text: `uid ${uid} is no login user, and the entry does not say owner_uid = ${uid}` };

/**
 * First uid of accounts of people: macOS gives the first user 501; Linux has UID_MIN 1000 (login.defs(5)) and takes system
 * accounts from 999 downward. The simulated machine is a Mac.
 */
export const loginUidsFrom = (host: 'darwin' | 'linux' | 'sim'): number => (host === 'linux' ? 1000 : 501);

/**
 * Whether the account is one that people log in with. Above the first uid only services of the moment (systemd's
 * DynamicUser, 61184 to 65519), nobody and the two invalid ids are not; macOS has nobody as −2.
 * https://systemd.io/UIDS-GIDS/
 */
export const isLoginUid = (uid: number, firstUid: number): boolean =>
  uid >= firstUid && !(uid >= 61_184 && uid <= 65_519) && uid !== 65_534 && uid !== 65_535 && uid < 4_294_967_294;

/**
 * Why the operator is asked before this process is frozen, as half sentences; empty: need not be asked. `job` is the
 * launchd job the process is of; null: of none. `without_asking` of the entry speaks for what is known to be of this kind,
 * not for what could be part of the system or under a debugger.
 */
export const askFirstReasons = (
  entry: PolicyEntry,
  inspection: Inspection | null,
  job: ServiceJob | null,
): readonly string[] => {
  const unknown =
    inspection === null
      ? ['it could not be looked at closer']
      : [
          ...(inspection.isTraced === null ? ['whether a debugger is attached is not known'] : []),
          ...(inspection.isPlatform === null ? ['whether it is part of the operating system is not known'] : []),
        ];
  if (entry.withoutAsking) return unknown;
  const known = inspection === null ? [] : [...listeningReasons(inspection), ...hypervisorReasons(inspection)];
  return [...unknown, ...known, ...jobReasons(job), ...(entry.oracle === null ? [] : [`it ${entry.oracle}`])];
};

const listeningReasons = ({ listening }: Inspection): readonly string[] => {
  if (listening === null) return ['whether it listens for connections is not known'];
  const [first, ...more] = listening;
  if (first === undefined) return [];
  return [`it listens on ${first}${more.length === 0 ? '' : ` and ${more.length} more`}`];
};

const hypervisorReasons = ({ isHypervisor }: Inspection): readonly string[] => {
  if (isHypervisor === null) return ['whether it runs virtual machines is not known'];
  return isHypervisor ? ['it runs virtual machines'] : [];
};

const jobReasons = (job: ServiceJob | null): readonly string[] => {
  if (job === null || job.hasMachServices === false) return [];
  return job.hasMachServices === null
    ? [`whether its job ${job.label} offers Mach services is not known`]
    : [`its job ${job.label} offers Mach services that others wait for`];
};
