import { addressText } from '../../config/addresses.ts';
import type { Config } from '../../config/config.ts';
import type { Host } from '../../host/port.ts';
import type { AuditFacts } from '../../journal/audit.ts';
import { failure, type Preview, type ServiceRow, type Verb } from '../../protocol/index.ts';
import type { Answer } from '../../protocol/session.ts';
import { labelsOf } from '../../relief/service-labels.ts';
import type { SeatAnswer, SeatAsker, SeatEvent } from '../../seats/events.ts';
import { previewOf } from '../../seats/preview.ts';
import { seatNamed } from '../../seats/seat-world.ts';
import { seatWorldOf } from '../judgement/seat-step.ts';
import type { KeeperState } from '../judgement/state.ts';
import type { Loop } from '../loop.ts';
import type { Caller } from '../server/caller.ts';
import type { Call, Handlers } from '../server/dispatch.ts';
import { nameOwners } from './port-owners.ts';

/** Verbs about seats: put to `decide`, which answers at once or when the seat serves. */

export interface SeatSources {
  readonly host: Pick<Host, 'services' | 'clock' | 'portOwner'>;
  readonly config: () => Config;
  readonly state: () => KeeperState | null;
  readonly post: Loop['post'];
  /** Resolves when the process table is no older than a slot. */
  readonly fresh: () => Promise<void>;
  readonly audit: (facts: AuditFacts) => void;
}

type SeatVerb =
  | 'read.services'
  | 'read.preview'
  | 'seat.ensure'
  | 'seat.load'
  | 'seat.unask'
  | 'seat.release'
  | 'seat.keep'
  | 'seat.traffic'
  | 'seat.closingAck'
  | 'probe.report'
  | 'gateway.problems';

export interface SeatDesk {
  readonly handlers: Pick<Handlers, SeatVerb>;
  /** Answers of a step, to whoever waits for them. */
  readonly settle: (answers: readonly SeatAnswer[]) => void;
  /** The keeper ends: nobody is answered any more. */
  readonly close: () => void;
  readonly gateway: (state: 'present' | 'missing') => void;
}

const notReady = { ok: false, failure: failure('not_ready') } as const;
const done = { ok: true, result: {} } as const;

const askerOf = ({ uid, client }: Caller): SeatAsker => ({ uid, client });

const stateOfService = (pid: number | null, lastExit: number | null): string => {
  if (pid !== null) return 'running';
  return lastExit === null || lastExit === 0 ? 'stopped' : 'failed';
};

/** Seats, then the services that relief counts on. A listed job is never taken for a running one. */
const serviceRows = (state: KeeperState, config: Config, exits: ReadonlyMap<string, number>): readonly ServiceRow[] => {
  const pids = new Map(state.services ?? []);
  const seats = config.seats.map(({ name, label }): ServiceRow => {
    const view = state.seats.find((each) => each.name === name);
    return {
      name,
      label,
      kind: 'seat',
      state: seatNamed(state.seating, name)?.state ?? 'absent',
      pid: pids.get(label) ?? null,
      lastExit: exits.get(label) ?? null,
      footprintBytes: view?.footprintBytes ?? null,
    };
  });
  const known = new Set(config.seats.map(({ label }) => label));
  const labels = [
    ...config.relief.services.flatMap(({ label }) => labelsOf(label, pids.keys())),
    ...config.relief.dependsOn,
  ];
  const services = [...new Set(labels)]
    .filter((label) => !known.has(label))
    .map((label): ServiceRow => {
      const pid = pids.get(label) ?? null;
      const process = state.processes?.views.find((view) => view.process.id.pid === pid);
      const lastExit = exits.get(label) ?? null;
      return {
        name: label,
        label,
        kind: 'service',
        state: pids.has(label) ? stateOfService(pid, lastExit) : 'absent',
        pid,
        lastExit,
        footprintBytes: process?.process.footprintBytes ?? null,
      };
    });
  return [...seats, ...services];
};

/** A request before it has its number. */
type Wish =
  Extract<SeatEvent, { request: number }> extends infer E
    ? E extends SeatEvent
      ? Omit<E, 'request' | 'by'>
      : never
    : never;

/** Who may take a request back, and by what. */
interface Returnable {
  readonly call: Call | undefined;
  /** Null: only by ending the connection. */
  readonly ticket: string | null;
}

type Granted = Extract<SeatAnswer, { ok: true }>;
type GrantedAs<K extends Granted['kind']> = Extract<Granted, { kind: K }>;

const isEnsure = (answer: Granted): answer is GrantedAs<'ensure'> => answer.kind === 'ensure';
const isRelease = (answer: Granted): answer is GrantedAs<'release'> => answer.kind === 'release';
const isKeep = (answer: Granted): answer is GrantedAs<'keep'> => answer.kind === 'keep';

export const createSeatDesk = ({ host, config, state, post, fresh, audit }: SeatSources): SeatDesk => {
  const waiting = new Map<number, (answer: SeatAnswer | null) => void>();
  /** Request of each ticket of the gateway, which has one session at a time. */
  const tickets = new Map<string, number>();
  let requests = 0;
  let problems: readonly string[] = [];
  /** Where it says it listens: of port 0 only the gateway knows. Null: it has not said yet. */
  let bound: string | null = null;

  const unask = (request: number): void => {
    const tell = waiting.get(request);
    if (tell === undefined) return;
    waiting.delete(request);
    post({ type: 'seat_unask', request });
    // Nobody reads it.
    tell(null);
  };

  const put = (wish: Wish, caller: Caller, returnable: Returnable | null): Promise<SeatAnswer | null> =>
    new Promise((resolve) => {
      requests += 1;
      const request = requests;
      const ticket = returnable?.ticket ?? null;
      waiting.set(request, (answer) => {
        if (ticket !== null && tickets.get(ticket) === request) tickets.delete(ticket);
        resolve(answer);
      });
      if (ticket !== null) tickets.set(ticket, request);
      returnable?.call?.onGone(() => unask(request));
      const decision = post({ ...wish, request, by: askerOf(caller) } as SeatEvent);
      if (decision !== null) return;
      waiting.get(request)?.(null);
      waiting.delete(request);
    });

  const answered = async <A extends Granted>(
    verb: Verb,
    isKind: (answer: Granted) => answer is A,
    wish: Wish,
    caller: Caller,
    returnable: Returnable | null = null,
  ): Promise<Answer<A['answer']>> => {
    const answer = await put(wish, caller, returnable);
    if (answer === null) return { ok: false, failure: failure('shutting_down') };
    if (!answer.ok) {
      if (caller.client !== 'gateway')
        audit({ kind: 'refusal', verb, code: answer.code, detail: answer.detail, byUid: caller.uid });
      return { ok: false, failure: failure(answer.code, answer.detail) };
    }
    if (!isKind(answer)) throw new Error(`request ${answer.request} was answered as ${answer.kind}`);
    return { ok: true, result: answer.answer };
  };

  /** Tickets of others would stand in the gateway's way. */
  const returnableOf = (call: Call | undefined, { tier }: Caller, ticket: string | undefined): Returnable => ({
    call,
    ticket: tier === 'gateway' ? (ticket ?? null) : null,
  });

  const tellGateway = (gateway: 'present' | 'missing'): void => {
    post({ type: 'gateway', state: gateway, listen: bound ?? addressText(config().api.listen), problems });
  };

  /** Sentences of before do not come back. */
  const nameTaken = async (told: readonly string[], taken: Parameters<typeof nameOwners>[2]): Promise<void> => {
    const named = await nameOwners(host, told, taken);
    if (problems !== told || named === told) return;
    problems = named;
    tellGateway('present');
  };

  const preview = async (seat: string): Promise<Preview | null | 'not_ready'> => {
    await fresh();
    const now = state();
    if (now === null || now.machine === null) return 'not_ready';
    return previewOf(now.seating, seatWorldOf(now, host.clock.nowMs(), null, config()), seat);
  };

  return {
    settle: (answers) => {
      for (const answer of answers) {
        waiting.get(answer.request)?.(answer);
        waiting.delete(answer.request);
      }
    },
    close: () => {
      for (const tell of waiting.values()) tell(null);
      waiting.clear();
    },
    gateway: (now) => {
      if (now === 'missing') {
        problems = [];
        bound = null;
      }
      tellGateway(now);
    },
    handlers: {
      'read.services': () => {
        const now = state();
        if (now === null || now.machine === null) return notReady;
        return { ok: true, result: { services: [...serviceRows(now, config(), host.services.lastExits())] } };
      },
      'read.preview': async ({ seat }) => {
        const answer = await preview(seat);
        if (answer === 'not_ready') return notReady;
        return answer === null ? { ok: false, failure: failure('unknown_seat', seat) } : { ok: true, result: answer };
      },
      'seat.ensure': ({ seat, waitSeconds, ticket }, caller, call) =>
        answered(
          'seat.ensure',
          isEnsure,
          { type: 'seat_ask', seat, ask: 'ensure', waitMs: waitSeconds * 1000 },
          caller,
          returnableOf(call, caller, ticket),
        ),
      'seat.load': ({ seat, ticket }, caller, call) =>
        answered(
          'seat.load',
          isEnsure,
          { type: 'seat_ask', seat, ask: 'load', waitMs: 0 },
          caller,
          returnableOf(call, caller, ticket),
        ),
      'seat.unask': ({ ticket }) => {
        const request = tickets.get(ticket);
        if (request !== undefined) unask(request);
        return done;
      },
      'seat.release': ({ seat, cut, confirm }, caller) => {
        // What passes through the gateway is not its to cut, and no protected seat is its to end.
        const isOperator = caller.client !== 'gateway';
        return answered(
          'seat.release',
          isRelease,
          { type: 'seat_release', seat, cut: cut && isOperator, isConfirmed: isOperator && confirm === seat },
          caller,
        );
      },
      'seat.keep': ({ seat, minutes }, caller) =>
        answered('seat.keep', isKeep, { type: 'seat_keep', seat, ms: minutes * 60_000 }, caller),
      'seat.traffic': ({ seat, inFlight, bytes, ticks }) => {
        post({ type: 'seat_traffic', seat, inFlight, bytes, ticks });
        return done;
      },
      'seat.closingAck': ({ seat, closing, used }) => {
        post({ type: 'closing_ack', seat, closing, used });
        return done;
      },
      'probe.report': (report) => {
        const { seat } = report;
        if (report.channel === 'ready')
          post({ type: 'probe_report', seat, result: { ok: report.ok, detail: report.detail } });
        else post({ type: 'finding', ...report });
        return done;
      },
      'gateway.problems': ({ problems: told, listen, taken }) => {
        problems = told;
        bound = listen;
        tellGateway('present');
        void nameTaken(told, taken);
        return done;
      },
    },
  };
};
