import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../../protocol/health.ts';
import type { GatewayView } from '../../protocol/seats.ts';
import type { Ask } from '../keeper-link.ts';
import type { AskSeat } from './ask.ts';

/**
 * Puts to the seats what the keeper wants to know of their health, and reports what came of it: each question once, one at a
 * time of a seat and channel. These are requests of the gateway's own: nothing of them counts as use of the seat.
 */
export interface Questions {
  readonly onView: (view: GatewayView) => void;
  /** The keeper is gone, or another one is there: nobody waits for what was asked, and its numbers begin anew. */
  readonly forget: () => void;
}

/** For as long as the view has it, so that it is not put again when it has been answered. */
interface Put {
  readonly number: number;
  readonly ending: AbortController;
}

/** Many that end at once are more than may be reported in a second. */
const againMs = 1_000;

export const createQuestions = (askSeat: AskSeat, ask: Ask, log: (text: string) => void): Questions => {
  /** By seat and channel. */
  const all = new Map<string, Put>();

  const leave = (key: string): void => {
    all.get(key)?.ending.abort();
    all.delete(key);
  };

  return {
    onView: ({ seats }) => {
      const asked = seats.flatMap(({ name, health }) =>
        health === null ? [] : health.questions.map((question) => ({ ...question, seat: name, health })),
      );
      const numbers = new Map(asked.map(({ seat, channel, number }) => [`${channel} ${seat}`, number]));
      for (const [key, { number }] of [...all]) if (numbers.get(key) !== number) leave(key);
      for (const { seat, channel, number, health } of asked) {
        const key = `${channel} ${seat}`;
        if (all.has(key)) continue;
        const ending = new AbortController();
        all.set(key, { number, ending });
        const report = async (finding: Finding): Promise<void> => {
          while (!ending.signal.aborted) {
            const answer = await ask('probe.report', { seat, channel, number, finding });
            // Lost otherwise: the keeper gives the question up by itself, and asks again in its time.
            if (answer.ok || answer.failure.code !== 'rate_limited') return;
            await sleep(againMs, undefined, { ref: false });
          }
        };
        // A fault of ours must not end the gateway each minute; the keeper gives the question up.
        askSeat(health, channel, ending.signal)
          .then(report)
          .catch((fault: unknown) => log(`${seat} was not asked (${channel}): ${String(fault)}`));
      }
    },
    forget: () => {
      for (const key of [...all.keys()]) leave(key);
    },
  };
};
