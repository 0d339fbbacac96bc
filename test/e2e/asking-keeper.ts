import type { TestContext } from 'node:test';
import { createApprovalDesk } from '../../helper/keeper/acting/approval-desk.ts';
import { type ErrorCode, failure } from '../../helper/protocol/errors.ts';
import type { Proposal, ReliefStatus } from '../../helper/protocol/relief.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { withRelief } from '../fakes/sample-relief.ts';
import { sampleHandlers, startSocketKeeper } from '../fakes/socket-keeper.ts';

/** A keeper that asks what the test wants it to ask: real server, real socket, real nonces; its judgement is the test's. */

export interface Approval {
  readonly id: number;
  readonly hash: string;
  readonly confirmed: boolean;
}

export interface AskingKeeper {
  readonly runDirectory: string;
  /** Replaces what waits. What waited and does no longer is closed as `gone` says. */
  ask(pending: readonly Proposal[], gone?: ErrorCode): void;
  /** As `ask`, without telling anybody yet: a click may overtake the news. */
  askSilently(pending: readonly Proposal[], gone?: ErrorCode): void;
  setMode(mode: Status['mode']['name'], change?: Partial<ReliefStatus>): void;
  /** Null: those it had at first. */
  setSeats(seats: Status['seats'] | null): void;
  /** What was carried out. */
  approvals(): readonly Approval[];
  denials(): readonly number[];
}

const statusEveryMs = 1000;

export const startAskingKeeper = async (t: Pick<TestContext, 'after'>): Promise<AskingKeeper> => {
  const desk = createApprovalDesk();
  const approvals: Approval[] = [];
  const denials: number[] = [];
  const closed = new Map<number, ErrorCode>();
  let pending: readonly Proposal[] = [];
  let mode: Status['mode']['name'] = 'live';
  let relief: Partial<ReliefStatus> = {};
  let seats: Status['seats'] | null = null;

  const status = (): Status => ({
    ...withRelief({ ...relief, why: 'Waits for the operator.', pending: [...pending] }, mode),
    ...(seats === null ? {} : { seats }),
    atMs: Date.now(),
  });
  const askSilently: AskingKeeper['askSilently'] = (next, gone = 'approval_withdrawn') => {
    for (const { id } of pending) if (!next.some((each) => each.id === id)) closed.set(id, gone);
    pending = next;
    desk.keep(next);
  };
  const publish = (): void => keeper.server.publish('status', status());
  const answered = (id: number): void => {
    askSilently(
      pending.filter((each) => each.id !== id),
      'approval_used',
    );
  };
  /** Null: it waits, as it was shown. */
  const refusal = (id: number, hash: string): ErrorCode | null => {
    const open = pending.find((each) => each.id === id);
    if (open === undefined) return closed.get(id) ?? 'approval_unknown';
    return open.hash === hash ? null : 'approval_changed';
  };

  const handlers = sampleHandlers({
    'read.status': () => ({ ok: true, result: status() }),
    'read.history': () => ({ ok: false, failure: failure('not_ready') }),
    'read.pending': () => ({
      ok: true,
      result: { pending: pending.map((proposal) => ({ proposal, nonce: desk.tell(proposal) })) },
    }),
    approve: ({ id, hash, nonce, confirmed }) => {
      const code = refusal(id, hash);
      if (code !== null) return { ok: false, failure: failure(code) };
      if (!desk.isRight({ id, hash, nonce })) return { ok: false, failure: failure('approval_refused') };
      if (pending.find((each) => each.id === id)?.needsConfirmation === true && !confirmed)
        return { ok: false, failure: failure('confirmation_needed') };
      approvals.push({ id, hash, confirmed });
      answered(id);
      return { ok: true, result: { plan: id, outcome: 'done', detail: 'Done as asked.' } };
    },
    deny: ({ id, hash }) => {
      const code = refusal(id, hash);
      if (code !== null) return { ok: false, failure: failure(code) };
      denials.push(id);
      answered(id);
      return { ok: true, result: {} };
    },
  });
  const keeper = await startSocketKeeper(t as TestContext, { handlers });
  const timer = setInterval(() => {
    if (!silent) publish();
  }, statusEveryMs);
  let silent = false;
  t.after(() => clearInterval(timer));

  return {
    runDirectory: keeper.runDirectory,
    ask: (next, gone) => {
      silent = false;
      askSilently(next, gone);
      publish();
    },
    askSilently: (next, gone) => {
      silent = true;
      askSilently(next, gone);
    },
    setMode: (next, change = {}) => {
      mode = next;
      relief = change;
      publish();
    },
    setSeats: (next) => {
      seats = next;
      publish();
    },
    approvals: () => approvals,
    denials: () => denials,
  };
};
