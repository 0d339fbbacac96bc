import { type Failure, failure } from './errors.ts';

/** Requests of a session that wait for their reply, each with its own deadline. */

export type RawAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly failure: Failure };

export interface Pending {
  /** A new request: its id on the wire, and its answer. The answer always comes: reply, deadline or `failAll`. */
  add(what: string, withinMs: number): { readonly id: number; readonly answer: Promise<RawAnswer> };
  /** Unknown ids are replies that came after their deadline; they are ignored. */
  settle(id: number, answer: RawAnswer): void;
  failAll(why: Failure): void;
}

export const createPending = (): Pending => {
  const waiting = new Map<number, (answer: RawAnswer) => void>();
  let nextId = 0;

  const settle = (id: number, answer: RawAnswer): void => waiting.get(id)?.(answer);

  const add = (what: string, withinMs: number): { id: number; answer: Promise<RawAnswer> } => {
    const id = nextId;
    nextId += 1;
    const answer = new Promise<RawAnswer>((resolve) => {
      const deadline = setTimeout(() => settle(id, { ok: false, failure: failure('answer_timeout', what) }), withinMs);
      waiting.set(id, (given) => {
        clearTimeout(deadline);
        waiting.delete(id);
        resolve(given);
      });
    });
    return { id, answer };
  };

  const failAll = (why: Failure): void => {
    for (const id of [...waiting.keys()]) settle(id, { ok: false, failure: why });
  };

  return { add, settle, failAll };
};
