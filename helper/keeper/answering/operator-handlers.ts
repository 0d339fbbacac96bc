import type { Clock } from '../../host/port.ts';
import type { AuditFacts } from '../../journal/audit.ts';
import { type ErrorCode, failure, type LogRow, type Verb } from '../../protocol/index.ts';
import { actWaitMs } from '../../protocol/requests.ts';
import type { Answer } from '../../protocol/session.ts';
import { noApprovals } from '../../relief/approvals.ts';
import { type ApprovalDesk, createApprovalDesk } from '../acting/approval-desk.ts';
import type { OperatorAnswer, OperatorEvent } from '../judgement/events.ts';
import type { KeeperState } from '../judgement/state.ts';
import type { Loop } from '../loop.ts';
import type { Caller } from '../server/caller.ts';
import type { Handlers } from '../server/dispatch.ts';
import type { Reporter } from './reporter.ts';

/** Verbs by which the operator decides: put to `decide`, answered by it, and carried out before they are answered. */

export interface OperatorSources {
  readonly clock: Pick<Clock, 'nowMs' | 'at'>;
  readonly reporter: Pick<Reporter, 'status' | 'fresh' | 'proposals' | 'explanation'>;
  readonly state: () => KeeperState | null;
  readonly post: Loop['post'];
  readonly completion: Loop['completion'];
  readonly audit: (facts: AuditFacts) => void;
  readonly readAudit: (wanted: {
    /** A cursor that an earlier answer gave; absent: the last rows. */
    readonly after?: string | undefined;
    /** One that `older` of an earlier answer was. */
    readonly before?: string | undefined;
    readonly kinds?: readonly string[] | undefined;
    readonly sinceMs?: number | undefined;
    readonly limit: number;
  }) => AuditPage | Promise<AuditPage>;
}

interface AuditPage {
  readonly rows: readonly LogRow[];
  readonly cursor: string;
  readonly older?: string | null;
  readonly missed: boolean;
  readonly skipped: number;
}

type OperatorVerb =
  | 'read.explain'
  | 'read.log'
  | 'read.pending'
  | 'approve'
  | 'deny'
  | 'relief.wrong'
  | 'relief.mode'
  | 'relief.pause'
  | 'relief.resume'
  | 'relief.restore'
  | 'relief.fallback'
  | 'relief.clear_leak';

type Granted = Extract<OperatorAnswer, { readonly ok: true }>;
type Refused = Extract<Answer<never>, { readonly ok: false }>;
type Judged = { readonly ok: true; readonly answer: Granted; readonly acts: readonly number[] } | Refused;
type EndOf = { readonly ok: boolean; readonly detail: string; readonly isWithdrawn?: boolean };
/** An operator's event before it has its number and its asker. */
type Wish = OperatorEvent extends infer E ? (E extends OperatorEvent ? Omit<E, 'request' | 'by'> : never) : never;

const known = <T>(result: T | null): Answer<T> =>
  result === null ? { ok: false, failure: failure('not_ready') } : { ok: true, result };

export const createOperatorHandlers = (sources: OperatorSources): Pick<Handlers, OperatorVerb> => {
  const { clock, reporter, state, post, completion, audit } = sources;
  const desk: ApprovalDesk = createApprovalDesk();
  let requests = 0;

  const refuse = (verb: Verb, why: ErrorCode, detail: string, { uid }: Caller): Refused => {
    // What leads out of a dry run that was chosen does not lead out of one that is forced.
    const code = why === 'only_dry_run' && state()?.relief.forcedDryRun === true ? 'forced_dry_run' : why;
    audit({ kind: 'refusal', verb, code, detail, byUid: uid });
    return { ok: false, failure: failure(code, code === why ? detail : '') };
  };

  /** What `decide` says to one wish, and the acts it ordered for it. The row is written before any of them has ended. */
  const put = (verb: Verb, about: string, wish: Wish, caller: Caller): Judged => {
    requests += 1;
    const request = requests;
    const decision = post({
      ...wish,
      request,
      by: { uid: caller.uid, client: caller.client === 'app' ? 'app' : 'cli' },
    });
    const answer = decision?.answers.find((each) => each.request === request);
    if (decision === null || answer === undefined)
      return refuse(verb, 'internal', `${about} could not be judged`, caller);
    if (!answer.ok) return refuse(verb, answer.code, answer.detail === '' ? about : answer.detail, caller);
    audit({ kind: 'mutation', verb, detail: `${about}: ${answer.said}`, byUid: caller.uid });
    const acts = decision.effects.flatMap((effect) => (effect.kind === 'act' ? [effect.id] : []));
    return { ok: true, answer, acts };
  };

  /** How an effect ended. It has its own limit in the loop; this one is for a loop that does not advance. */
  const endOf = async (effect: number): Promise<EndOf> => {
    let cancel: () => void = () => {};
    const late = new Promise<'late'>((resolve) => {
      cancel = clock.at(clock.nowMs() + actWaitMs, () => resolve('late'));
    });
    const end = await Promise.race([completion(effect), late]);
    cancel();
    if (end === 'late') return { ok: false, detail: 'It is not known yet what came of it.' };
    if (end === null) return { ok: false, detail: 'The keeper stopped before it was known what came of it.' };
    if (end.outcome === 'timed_out') return { ok: false, detail: 'It did not end in time; it may still take effect.' };
    return { ok: end.outcome === 'ok', detail: end.detail, isWithdrawn: end.outcome === 'withdrawn' };
  };

  const endOfAnswer = ({ effect, said }: Granted): Promise<EndOf> =>
    effect === null ? Promise.resolve({ ok: true, detail: said }) : endOf(effect);

  const approvals = () => state()?.relief.approvals ?? noApprovals;

  /**
   * Of what is closed everybody who may approve may hear what became of it, also who types a number and never saw what
   * it stood for: nothing is done any more.
   */
  const hashOf = (id: number, shown: string): string =>
    shown === '' ? (approvals().closed.find((each) => each.id === id)?.hash ?? '') : shown;

  return {
    'read.explain': () => known(reporter.explanation()),
    'read.log': async (wanted) => {
      const page = await sources.readAudit(wanted);
      return known({ ...page, rows: [...page.rows] });
    },
    'read.pending': () => {
      const proposals = reporter.proposals();
      desk.keep(proposals ?? []);
      return known(proposals && { pending: proposals.map((proposal) => ({ proposal, nonce: desk.tell(proposal) })) });
    },
    approve: async ({ id, hash, nonce, confirmed }, caller) => {
      const open = approvals().open.find((each) => each.id === id);
      desk.keep(approvals().open);
      if (open !== undefined && !desk.isRight({ id, hash, nonce }))
        return refuse('approve', 'approval_refused', `proposal ${id}`, caller);
      const judged = put(
        'approve',
        `proposal ${id}`,
        { type: 'approve', id, hash: hashOf(id, hash), confirmed },
        caller,
      );
      if (!judged.ok) return judged;
      const { ok, detail, isWithdrawn } = await endOfAnswer(judged.answer);
      if (isWithdrawn) return { ok: false, failure: failure('approval_withdrawn', detail) };
      const plan = judged.answer.plan ?? open?.plan.id ?? 0;
      return known({ plan, outcome: ok ? 'done' : 'failed', detail });
    },
    deny: ({ id, hash }, caller) => {
      const judged = put('deny', `proposal ${id}`, { type: 'deny', id, hash: hashOf(id, hash) }, caller);
      return judged.ok ? known({}) : judged;
    },
    'relief.wrong': ({ plan }, caller) => {
      const judged = put('relief.wrong', `plan ${plan}`, { type: 'mark_wrong', plan }, caller);
      if (!judged.ok) return judged;
      const gate = reporter.status()?.relief.gate;
      return known(gate === undefined ? null : { gate });
    },
    'relief.mode': async ({ to }, caller) => {
      const judged = put('relief.mode', to, { type: 'set_mode', to }, caller);
      if (!judged.ok) return judged;
      const { ok } = await endOfAnswer(judged.answer);
      const kept = ok ? '' : ' It could not be written down, so the next start begins as before.';
      const status = reporter.status();
      return known(
        status && { mode: status.mode.name, gate: status.relief.gate, said: `${judged.answer.said}${kept}` },
      );
    },
    'relief.pause': ({ minutes }, caller) => {
      const judged = put('relief.pause', `${minutes} min`, { type: 'pause', minutes }, caller);
      if (!judged.ok) return judged;
      const { said } = judged.answer;
      return known({ paused: minutes === 0 ? null : { endsInSeconds: minutes * 60 }, said });
    },
    'relief.resume': async ({ freeze }, caller) => {
      const about = freeze === null ? 'all' : `freeze ${freeze}`;
      const judged = put('relief.resume', about, { type: 'thaw', freeze }, caller);
      if (!judged.ok) return judged;
      const ends = await Promise.all(judged.acts.map(endOf));
      const wrong = ends.filter(({ ok }) => !ok);
      const resumed = ends.length - wrong.length;
      if (wrong.length === 0) return known({ resumed });
      const details = wrong.map(({ detail }) => detail).join('; ');
      return { ok: false, failure: failure('act_failed', `${resumed} of ${ends.length} resumed: ${details}`) };
    },
    'relief.restore': async ({ label }, caller) => {
      const judged = put('relief.restore', label, { type: 'restore', label }, caller);
      if (!judged.ok) return judged;
      const { ok, detail } = await endOfAnswer(judged.answer);
      return ok ? known({}) : { ok: false, failure: failure('act_failed', `${label}: ${detail}`) };
    },
    'relief.fallback': async ({ seat, to }, caller) => {
      // Whether its memory is to be had is judged by what is so now.
      await reporter.fresh();
      const judged = put('relief.fallback', `${to} ${seat}`, { type: 'fallback', seat, to }, caller);
      if (!judged.ok) return judged;
      const { ok, detail } = await endOfAnswer(judged.answer);
      return ok
        ? known({ said: judged.answer.said })
        : { ok: false, failure: failure('act_failed', `${seat}: ${detail}`) };
    },
    'relief.clear_leak': (_, caller) => {
      const judged = put('relief.clear_leak', 'wired leak', { type: 'clear_leak' }, caller);
      return judged.ok ? known({}) : judged;
    },
  };
};
