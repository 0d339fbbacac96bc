import type { Failure } from '../../protocol/errors.ts';
import type { VerbResult } from '../../protocol/verbs.ts';
import type { Ask } from '../keeper-link.ts';
import { failureReply, jsonReply, type Reply } from './reply.ts';

/** What the keeper is asked to tell, at most once a second however often it is asked for here. */

type ReadVerb = 'read.status' | 'read.services' | 'read.explain';

export type Read<V extends ReadVerb> =
  | { readonly ok: true; readonly value: VerbResult<V>; readonly reply: Reply }
  | { readonly ok: false; readonly failure: Failure; readonly reply: Reply };

const keptMs = 1_000;

export const createRead = <V extends ReadVerb>(verb: V, ask: Ask, nowMs: () => number): (() => Promise<Read<V>>) => {
  let last: { readonly read: Read<V>; readonly atMs: number } | null = null;
  let asking: Promise<Read<V>> | null = null;

  const fetch = async (): Promise<Read<V>> => {
    // None of the three takes arguments; the compiler cannot see that through the table.
    const answer = await ask(verb, {} as never);
    asking = null;
    if (!answer.ok) {
      last = null;
      return { ok: false, failure: answer.failure, reply: failureReply(answer.failure) };
    }
    const read: Read<V> = { ok: true, value: answer.result, reply: jsonReply(200, answer.result) };
    last = { read, atMs: nowMs() };
    return read;
  };

  return () => {
    if (last !== null && nowMs() - last.atMs <= keptMs) return Promise.resolve(last.read);
    asking ??= fetch();
    return asking;
  };
};
