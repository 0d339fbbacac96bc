import { type ReadonlySignal, signal } from '@preact/signals';
import type { Bridge, Said } from '../../../app/ipc/contract.ts';
import type { Failure } from '../../../helper/protocol/errors.ts';
import type { Frozen, Proposal } from '../../../helper/protocol/relief.ts';
import { nothingKnown } from '../../text/helper-words.ts';
import { cardKey } from './approvals.ts';
import type { ModeWish } from './relief.ts';

/** What the operator asked for and what came of it. Every answer is shown; the figures follow with the next status. */

export interface Shown extends Said {
  /** Wall time, ms. */
  readonly atMs: number;
}

export interface Asking {
  /** The latest answer; null: none, or it was put away. */
  readonly said: ReadonlySignal<Shown | null>;
  /** What is being asked, or was answered and will go with the next status. */
  readonly busy: ReadonlySignal<ReadonlySet<string>>;
  /** The mode the operator is being asked about a second time. */
  readonly wish: ReadonlySignal<ModeWish | null>;
  /** These cards are still there: answered ones that are not need no remembering. */
  readonly keep: (keys: readonly string[]) => void;
  readonly tell: (said: Said | null) => void;
  readonly approve: (proposal: Proposal, confirmed: boolean) => void;
  readonly deny: (proposal: Proposal) => void;
  readonly resume: (frozen: Frozen) => void;
  readonly restore: (label: string) => void;
  readonly markWrong: (plan: number, what: string) => void;
  readonly wishFor: (mode: ModeWish | null) => void;
  readonly setMode: (mode: ModeWish) => void;
  /** Holds automatic actions back; 0 minutes: they go on. */
  readonly pause: (minutes: number) => void;
}

type Calls = Pick<Bridge, 'approve' | 'deny' | 'restore' | 'resume' | 'markWrong' | 'setReliefMode' | 'pauseRelief'>;
type Answer = { readonly ok: true; readonly said: Said } | { readonly ok: false; readonly failure: Failure };

export const frozenKey = ({ freeze }: Frozen): string => `freeze ${freeze}`;
export const restoreKey = (label: string): string => `restore ${label}`;
export const pauseKey = 'pause';
export const wrongKey = (plan: number): string => `plan ${plan}`;

export const createAsking = (bridge: Calls, now: () => number): Asking => {
  const said = signal<Shown | null>(null);
  const busy = signal<ReadonlySet<string>>(new Set());
  const answered = new Set<string>();
  const wish = signal<ModeWish | null>(null);

  const tell = (next: Said | null): void => {
    said.value = next === null ? null : { ...next, atMs: now() };
  };
  const setBusy = (key: string, is: boolean): void => {
    const next = new Set(busy.peek());
    if (is) next.add(key);
    else next.delete(key);
    busy.value = next;
  };

  const ask = async (key: string, title: string, call: () => Promise<Answer>, leaves = false): Promise<void> => {
    if (busy.peek().has(key)) return;
    setBusy(key, true);
    let goes = false;
    try {
      const answer = await call();
      if (answer.ok) {
        goes = answer.said.kind === 'done' && leaves;
        tell(answer.said);
      } else {
        tell({ kind: 'refused', title, text: `${answer.failure.message} ${answer.failure.todo}` });
      }
    } catch {
      // The bridge refused or main failed; main's log says why.
      tell({ kind: 'refused', title, text: nothingKnown });
    } finally {
      // A card that was answered stays as it is until the keeper takes it away.
      if (goes) answered.add(key);
      else setBusy(key, false);
    }
  };

  return {
    said,
    busy,
    wish,
    keep: (keys) => {
      for (const key of [...answered]) {
        if (keys.includes(key)) continue;
        answered.delete(key);
        setBusy(key, false);
      }
    },
    tell,
    approve: (proposal, confirmed) =>
      void ask(
        cardKey(proposal),
        proposal.title,
        async () => {
          const answer = await bridge.approve(proposal.id, proposal.hash, confirmed);
          if (!answer.ok) return answer;
          return {
            ok: true,
            said: { kind: answer.result.outcome, title: proposal.title, text: answer.result.detail },
          };
        },
        true,
      ),
    deny: (proposal) =>
      void ask(
        cardKey(proposal),
        proposal.title,
        async () => {
          const answer = await bridge.deny(proposal.id, proposal.hash);
          return answer.ok
            ? { ok: true, said: { kind: 'done', title: proposal.title, text: 'Not now. Nothing was done.' } }
            : answer;
        },
        true,
      ),
    resume: (frozen) =>
      void ask(frozenKey(frozen), `Resume ${frozen.name}`, async () => {
        const answer = await bridge.resume(frozen.freeze);
        return answer.ok ? { ok: true, said: { kind: 'done', title: `Resumed ${frozen.name}`, text: '' } } : answer;
      }),
    restore: (label) =>
      void ask(restoreKey(label), `Bring back ${label}`, async () => {
        const answer = await bridge.restore(label);
        return answer.ok ? { ok: true, said: { kind: 'done', title: `Brought back ${label}`, text: '' } } : answer;
      }),
    markWrong: (plan, what) =>
      void ask(wrongKey(plan), what, async () => {
        const answer = await bridge.markWrong(plan);
        return answer.ok
          ? { ok: true, said: { kind: 'done', title: what, text: 'Marked as wrong. The dry run counts anew.' } }
          : answer;
      }),
    wishFor: (mode) => {
      wish.value = mode;
    },
    pause: (minutes) =>
      void ask(pauseKey, 'Automatic actions', async () => {
        const answer = await bridge.pauseRelief(minutes);
        return answer.ok
          ? { ok: true, said: { kind: 'done', title: minutes === 0 ? 'Resumed' : 'Paused', text: answer.result.said } }
          : answer;
      }),
    setMode: (mode) => {
      wish.value = null;
      void ask('mode', mode === 'live' ? 'Go live' : 'Back to dry run', async () => {
        const answer = await bridge.setReliefMode(mode);
        return answer.ok
          ? { ok: true, said: { kind: 'done', title: mode === 'live' ? 'Live' : 'Dry run', text: answer.result.said } }
          : answer;
      });
    },
  };
};
