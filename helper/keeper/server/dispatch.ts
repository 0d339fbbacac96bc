import type * as z from 'zod/mini';
import type { HostKind } from '../../host/port.ts';
import type { Request } from '../../protocol/client-messages.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import { isVerb, requests, type Tier, type Topic, type Verb } from '../../protocol/requests.ts';
import type { Answer } from '../../protocol/session.ts';
import type { VerbResult } from '../../protocol/verbs.ts';
import { type Caller, mayUse } from './caller.ts';
import type { ProvenCaller } from './proven-caller.ts';

/** From a request to its answer, by the table of verbs. */

/** Verbs the server answers by itself: they concern the connection, not the machine. */
type OwnVerb = 'subscribe';
export type HandledVerb = Exclude<Verb, OwnVerb>;
/** Verbs that change nothing. */
export type ReadVerb = Extract<HandledVerb, `read.${string}`>;
export type MutatingVerb = Exclude<HandledVerb, ReadVerb>;
export const isReadVerb = (verb: HandledVerb): verb is ReadVerb => verb.startsWith('read.');
type CallerOf<V extends HandledVerb> = V extends ReadVerb ? Caller : ProvenCaller;
export type ParsedArgs<V extends Verb> = z.output<(typeof requests)[V]['args']>;

/** One request under way. */
export interface Call {
  /** Calls back when the connection ends before the answer: nobody waits for it any more. The last listener counts. */
  readonly onGone: (listener: () => void) => void;
}

/**
 * What the keeper provides. An expected failure is an answer; a throw is a fault of ours and answered by `internal`. What
 * changes something is handed who wants it only with the proof that it is still the one who shook hands.
 */
export type Handlers = {
  readonly [V in HandledVerb]: (
    args: ParsedArgs<V>,
    caller: CallerOf<V>,
    /** The server gives it; absent: who asks waits for the answer in any case. */
    call?: Call,
  ) => Answer<VerbResult<V>> | Promise<Answer<VerbResult<V>>>;
};

/**
 * Holds what is sent against its schema, and throws when it is not as it says: in tests. A keeper is not given one: the
 * schemas of all it can say are for those who read it; evaluated in a bare Node they cost 1.7 MB.
 */
export interface WireCheck {
  readonly result: (verb: Verb, value: unknown) => void;
  readonly event: (topic: Topic, value: unknown) => void;
}

export interface DispatchOptions {
  readonly handlers: Handlers;
  readonly hostKind: HostKind;
  readonly check: WireCheck | undefined;
  /** Somebody asked for what that account may not; told before it is answered. */
  readonly onNotAllowed: (verb: string, caller: Caller) => void;
  /** A fault of ours, for the log. */
  readonly onFault: (verb: Verb, error: unknown) => void;
}

export type Accepted =
  | { readonly ok: true; readonly verb: Verb; readonly args: unknown }
  | { readonly ok: false; readonly failure: Failure };

const refused = (code: Parameters<typeof failure>[0], detail: string): Accepted => ({
  ok: false,
  failure: failure(code, detail),
});

/** Verbs that exist only where the machine is simulated. */
const isSimVerb = (verb: Verb): boolean => verb.startsWith('sim.');

const describe = (error: z.core.$ZodError): string =>
  error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.length === 0 ? 'arguments' : issue.path.join('.')}: ${issue.message}`)
    .join('; ')
    .slice(0, 300);

/** Tier before arguments: who may not use a verb learns nothing about it, and reaches no parser. */
export const acceptRequest = (request: Request, tier: Tier, hostKind: HostKind): Accepted => {
  const { verb } = request;
  if (!isVerb(verb)) return refused('unknown_verb', verb);
  if (!mayUse(tier, verb)) return refused('not_allowed', `${verb} is for ${requests[verb].tier}`);
  if (isSimVerb(verb) && hostKind !== 'sim') return refused('only_on_sim', `this host is ${hostKind}`);
  const args = requests[verb].args.safeParse(request.args === undefined ? {} : request.args);
  return args.success ? { ok: true, verb, args: args.data } : refused('bad_arguments', describe(args.error));
};

/** Who asks for what. */
export type Asked =
  | { readonly verb: ReadVerb; readonly caller: Caller }
  | { readonly verb: MutatingVerb; readonly caller: ProvenCaller };

/** The answer of a handler. Never rejects. */
export const answerVerb = async (
  { handlers, check, onFault }: DispatchOptions,
  { verb, caller }: Asked,
  args: unknown,
  call: Call,
): Promise<Answer<unknown>> => {
  try {
    // The table gave the parser of `args` and the type of the handler, and `Asked` the caller it takes; the compiler loses that.
    const handler = handlers[verb] as (
      args: unknown,
      caller: Caller,
      call: Call,
    ) => Answer<unknown> | Promise<Answer<unknown>>;
    const answer = await handler(args, caller, call);
    if (answer.ok) check?.result(verb, answer.result);
    return answer;
  } catch (error) {
    onFault(verb, error);
    return { ok: false, failure: failure('internal', verb) };
  }
};
