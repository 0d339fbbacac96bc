import { failure } from '../../protocol/errors.ts';
import { parseJson } from '../../protocol/json.ts';
import type { PushStatus } from '../../protocol/push.ts';
import type { GatewaySeat } from '../../protocol/seats.ts';
import { productVersion } from '../../protocol/version.ts';
import type { Ask } from '../keeper-link.ts';
import type { Metrics } from '../metrics.ts';
import type { ProxyFigures } from '../proxy/proxies.ts';
import type { ViewCache } from '../view-cache.ts';
import { type Ensure, releaseReply, replyToEnsure } from './ensure.ts';
import { createRead } from './reads.ts';
import { errorReply, failureReply, jsonReply, keeperMissing, type Reply, textReply } from './reply.ts';
import { type Health, previewRequestSchema, publishedSchema, schemaNames } from './schemas.ts';

/** What there is at which path. */

export interface Call {
  /** All that came with the request. */
  readonly body: Buffer;
  readonly query: URLSearchParams;
  /** The part of the path behind the route's own; empty where it takes none. */
  readonly argument: string;
  /** Aborted when the client hangs up before it is answered. */
  readonly gone: () => AbortSignal;
}

type Answer = Reply | Promise<Reply>;

interface Common {
  /** Methods besides HEAD, which is answered where GET is. */
  readonly methods: readonly ('GET' | 'POST')[];
  readonly needsToken: boolean;
  /** Also served at the further addresses, where the token is always asked for. */
  readonly isExtra: boolean;
  /** Answered although the keeper is gone. */
  readonly isAlways: boolean;
}

/** A route stands for one path, for all paths with one more part, or for those whose last part names a seat. */
export type Route = Common &
  (
    | { readonly takes: 'nothing' | 'name'; readonly answer: (call: Call) => Answer }
    | { readonly takes: 'seat'; readonly answer: (seat: GatewaySeat, call: Call) => Answer }
  );

export interface RouteSources {
  readonly ask: Ask;
  readonly cache: ViewCache;
  readonly ensure: Ensure['ensure'];
  readonly load: Ensure['load'];
  /** Resolves when the keeper knows whether the seat is in use. */
  readonly flush: (seat: string) => Promise<void>;
  readonly metrics: Metrics;
  readonly connections: () => number;
  readonly proxies: () => readonly ProxyFigures[];
  readonly isConnected: () => boolean;
  readonly listen: () => string | null;
  readonly problems: () => readonly string[];
  readonly push: () => readonly PushStatus[];
  readonly nowMs: () => number;
}

const mostWaitSeconds = 30;

/** Null: not a number of seconds that can be waited. */
const waitOf = (query: URLSearchParams): number | null => {
  const text = query.get('wait') ?? '0';
  if (!/^\d{1,2}(\.\d{1,3})?$/.test(text)) return null;
  const seconds = Number(text);
  return seconds <= mostWaitSeconds ? seconds : null;
};

const seatOf = (body: Buffer): string | null => {
  const parsed = parseJson(body);
  const read = parsed.ok ? previewRequestSchema.safeParse(parsed.value) : null;
  return read?.success === true ? read.data.seat : null;
};

const wrongBody = {
  error: 'The body is not {"seat": NAME}.',
  next: 'Send {"seat": NAME} and nothing else, with a name that GET /services shows.',
};
const wrongWait = {
  error: '?wait= is not a number of seconds from 0 to 30.',
  next: 'Send ?wait=SECONDS with at most 30, or leave it out: then the answer comes without waiting for memory.',
};

const common: Common = { methods: ['GET'], needsToken: false, isExtra: false, isAlways: false };

export const createRoutes = (sources: RouteSources): ReadonlyMap<string, Route> => {
  const { ask, cache, ensure, metrics, nowMs } = sources;
  const status = createRead('read.status', ask, nowMs);
  const services = createRead('read.services', ask, nowMs);
  const explain = createRead('read.explain', ask, nowMs);

  const ageSeconds = (): number | null => {
    const age = cache.ageMs();
    return age === null ? null : age / 1000;
  };

  const healthz = (): Reply => {
    const isThere = sources.isConnected() && cache.view() !== null;
    const problems = [...sources.problems()];
    const health: Health = {
      status: isThere && problems.length === 0 ? 'ok' : 'degraded',
      version: productVersion,
      keeper: isThere ? 'present' : 'missing',
      viewAgeSeconds: ageSeconds(),
      listen: sources.listen() ?? '',
      problems,
    };
    return jsonReply(200, health);
  };

  const metricsReply = async (): Promise<Reply> => {
    const read = await status();
    if (!read.ok) return read.reply;
    const figures = {
      connections: sources.connections(),
      viewAgeSeconds: ageSeconds(),
      problems: sources.problems().length,
      push: sources.push(),
      proxies: sources.proxies(),
    };
    return textReply(200, metrics.contentType, await metrics.text(read.value, figures));
  };

  const preview = async ({ body }: Call): Promise<Reply> => {
    const seat = seatOf(body);
    if (seat === null) return errorReply('bad_request', wrongBody);
    const known = cache.seat(seat);
    if (known === null) return cache.view() === null ? keeperMissing() : failureReply(failure('unknown_seat', seat));
    const answer = await ask('read.preview', { seat: known.name });
    return answer.ok ? jsonReply(200, answer.result) : failureReply(answer.failure);
  };

  const ensureLoaded = async (seat: GatewaySeat, { query, gone }: Call): Promise<Reply> => {
    const wait = waitOf(query);
    if (wait === null) return errorReply('bad_request', wrongWait);
    return replyToEnsure(await ensure(seat, wait, gone()));
  };

  const load = async (seat: GatewaySeat, { gone }: Call): Promise<Reply> =>
    replyToEnsure(await sources.load(seat, gone()));

  const release = async (seat: GatewaySeat): Promise<Reply> => {
    // Whoever has just read the last byte of an answer is not told that his request is under way.
    await sources.flush(seat.name);
    const answer = await ask('seat.release', { seat: seat.name });
    return answer.ok ? releaseReply(answer.result) : failureReply(answer.failure);
  };

  const schema = ({ argument }: Call): Reply => {
    const found = publishedSchema(argument);
    return found === null ? errorReply('not_found') : jsonReply(200, found);
  };

  return new Map<string, Route>([
    ['status', { ...common, isExtra: true, takes: 'nothing', answer: async () => (await status()).reply }],
    ['services', { ...common, takes: 'nothing', answer: async () => (await services()).reply }],
    ['explain', { ...common, takes: 'nothing', answer: async () => (await explain()).reply }],
    ['healthz', { ...common, isExtra: true, isAlways: true, takes: 'nothing', answer: healthz }],
    ['metrics', { ...common, isExtra: true, takes: 'nothing', answer: metricsReply }],
    ['ensure-loaded', { ...common, methods: ['GET', 'POST'], takes: 'seat', answer: ensureLoaded }],
    ['load', { ...common, methods: ['POST'], needsToken: true, takes: 'seat', answer: load }],
    ['release', { ...common, methods: ['POST'], needsToken: true, takes: 'seat', answer: release }],
    ['admit/preview', { ...common, methods: ['POST'], takes: 'nothing', answer: preview }],
    [
      'schemas',
      { ...common, isAlways: true, takes: 'nothing', answer: () => jsonReply(200, { schemas: schemaNames }) },
    ],
    ['schemas/', { ...common, isAlways: true, takes: 'name', answer: schema }],
  ]);
};

/** The route for the parts of a path, with what is left of them. */
export const findRoute = (
  routes: ReadonlyMap<string, Route>,
  parts: readonly string[],
): { readonly name: string; readonly route: Route; readonly argument: string } | null => {
  const path = parts.join('/');
  const whole = routes.get(path);
  if (whole !== undefined && whole.takes === 'nothing') return { name: path, route: whole, argument: '' };
  const [first = '', argument] = parts;
  if (argument === undefined || parts.length !== 2) return null;
  for (const name of [first, `${first}/`]) {
    const route = routes.get(name);
    if (route !== undefined && route.takes !== 'nothing') return { name: first, route, argument };
  }
  return null;
};
