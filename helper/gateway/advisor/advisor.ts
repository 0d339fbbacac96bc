import { questionOf } from '../../advice/question.ts';
import type { AdviceCause, AdviceReport } from '../../protocol/advice.ts';
import type { GatewayView } from '../../protocol/seats.ts';
import type { Ask } from '../keeper-link.ts';
import { answerFor, createAnswersFile, type Kept, withAnswer } from './answers-file.ts';
import { type Advisor, askAdvisor } from './ask.ts';
import { mayAsk, noEpisode, stepEpisode } from './episode.ts';

/**
 * Asks the advisor when the keeper says that one would look for advice, and tells the keeper what came of it: an answer, or why
 * there is none and what was said the last time it was like this. One question at a time; what is told is text and is shown.
 */
export interface AdvisorDesk {
  readonly onView: (view: GatewayView) => void;
  /** A keeper is there that was told nothing yet. */
  readonly tell: () => void;
  /** Resolves when what was answered is kept. */
  readonly close: () => Promise<void>;
}

export interface AdvisorOptions {
  readonly ask: Ask;
  /** The gateway's own. */
  readonly folder: string;
  readonly ownUid: number;
  readonly log: (text: string) => void;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
}

export const createAdvisor = ({ ask, folder, ownUid, log, nowMs, wallMs }: AdvisorOptions): AdvisorDesk => {
  const file = createAnswersFile(folder, log);
  const ending = new AbortController();
  let kept: Kept | null = null;
  let episode = noEpisode;
  let looking: Promise<void> | null = null;
  let report: AdviceReport | null = null;

  const tell = (): void => {
    if (report !== null) void ask('advice.report', report);
  };
  const set = (next: AdviceReport): void => {
    report = next;
    tell();
  };

  const save = (all: Kept): void => {
    const fault = file.save(all);
    if (fault !== null) log(`advice: the last answers do not outlive this run: ${fault}`);
  };

  const oldFor = (cause: AdviceCause, all: Kept): AdviceReport['answer'] => {
    const old = answerFor(all, cause);
    return old === null ? null : { ...old, isOld: true };
  };

  const put = async (advisor: Advisor, cause: AdviceCause, before: Kept): Promise<void> => {
    // Kept before it is asked: a gateway that dies of the answer must not ask again at once.
    const asked: Kept = { ...before, askedMs: wallMs() };
    kept = asked;
    set({ state: 'asking', detail: '', answer: oldFor(cause, asked) });
    save(asked);
    const failed = (detail: string): void => set({ state: 'failed', detail, answer: oldFor(cause, asked) });
    const [status, explanation] = await Promise.all([ask('read.status', {}), ask('read.explain', {})]);
    if (!status.ok) return failed('It was not asked: the keeper did not say how things are.');
    const question = questionOf(advisor.model, status.result, explanation.ok ? explanation.result : null, cause);
    log(`asks ${new URL(advisor.url).host} for advice (${cause})`);
    const said = await askAdvisor(advisor, question, { ownUid, signal: ending.signal });
    if (ending.signal.aborted) return;
    if (!said.ok) return failed(said.detail);
    const { from, model, text } = said;
    const answer = { from, model, text, cause, atMs: wallMs() };
    kept = withAnswer(asked, answer);
    episode = { ...episode, isAnswered: true };
    set({ state: 'ready', detail: '', answer: { ...answer, isOld: false } });
    save(kept);
  };

  const look = async (advisor: Advisor): Promise<void> => {
    kept ??= file.load();
    const step = stepEpisode(episode, advisor.cause, nowMs());
    episode = step.episode;
    const { cause } = advisor;
    if (cause === null) return;
    if (mayAsk(episode, kept.askedMs, wallMs(), advisor.everySeconds)) await put(advisor, cause, kept);
    else if (step.isNew) set({ state: 'ready', detail: '', answer: oldFor(cause, kept) });
  };

  return {
    onView: ({ advisor }) => {
      if (advisor === null || looking !== null || ending.signal.aborted) return;
      // A fault of ours must not end the gateway with each view.
      looking = look(advisor)
        .catch((fault: unknown) => log(`the advisor was not asked: ${String(fault)}`))
        .finally(() => {
          looking = null;
        });
    },
    tell,
    close: async () => {
      ending.abort();
      await looking;
    },
  };
};
