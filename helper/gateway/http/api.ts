import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { failure } from '../../protocol/errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Token } from '../token.ts';
import type { ViewCache } from '../view-cache.ts';
import { type Body, mostBodyBytes, readBody } from './body.ts';
import { createDepartures, type Departure } from './departures.ts';
import type { Ensure } from './ensure.ts';
import { look, readTarget } from './guard.ts';
import type { Handle, Served } from './listener.ts';
import { errorReply, failureReply, keeperMissing, type Reply, send } from './reply.ts';
import { findRoute, type Route } from './routes.ts';

/** From a request to its answer: what may be served at all, then the route, the seat, the token, and what the route does. */

/** Requests that wait for the keeper at one time. */
const mostWaiting = 128;

export interface ApiOptions {
  readonly routes: ReadonlyMap<string, Route>;
  readonly cache: ViewCache;
  readonly fromView: Ensure['fromView'];
  readonly token: Token;
  readonly metrics: Metrics;
  readonly log: (text: string) => void;
}

const nothing = Buffer.alloc(0);

const refuse = ({ kind }: Exclude<Body, { kind: 'whole' }>): Reply =>
  kind === 'too_large' ? errorReply('body_too_large', { closes: true }) : errorReply('bad_request', brokenBody);

const brokenBody = {
  error: 'The body did not come whole.',
  next: 'Send all of it, as Content-Length says.',
  closes: true,
};

/** Counted under the status that nginx made usual for it; nobody is sent it. */
const hungUp = 499;

const ignore = (): void => {};

const allowed = ({ methods }: Route, isRead: boolean): string =>
  methods.flatMap((one) => (one === 'GET' && isRead ? ['GET', 'HEAD'] : [one])).join(', ');

export const createApi = ({ routes, cache, fromView, token, metrics, log }: ApiOptions): Handle => {
  let waiting = 0;
  const departureOf = createDepartures();
  /** Connections that end with an answer given already. What came in one write with its request is parsed all the same. */
  const over = new WeakSet<Socket>();

  /** Null: the caller has it, or needs none. */
  const tokenProblem = (route: Route, { reach }: Served, authorization: string | null): Reply | null => {
    const isAsked = reach === 'extra' || (route.needsToken && cache.view()?.api.isOpen !== true);
    if (!isAsked) return null;
    const judged = token.judge(authorization);
    if (judged === 'right') return null;
    return judged === 'missing'
      ? errorReply('token_missing', { headers: ['www-authenticate', 'Bearer realm="castellan"'] })
      : errorReply('token_wrong');
  };

  const answer = (
    request: IncomingMessage,
    served: Served,
    invite: () => void,
    departure: () => Departure,
  ): { readonly name: string; readonly reply: Reply | Promise<Reply> } => {
    const unnamed = (reply: Reply) => ({ name: 'none', reply });
    // Node's parser also takes 2.0, 0.9, and for 0.9 a first line without a version.
    if (request.httpVersionMajor !== 1) return unnamed(errorReply('bad_request', { closes: true }));
    const looked = look(request.rawHeaders, served.hosts);
    if (!looked.ok) return unnamed(errorReply(looked.code, { closes: true }));
    const { url = '', method = '' } = request;
    if (looked.bodyBytes === 0 && served.reach === 'local' && (method === 'GET' || method === 'POST')) {
      const reply = fromView(url);
      if (reply !== null) return { name: 'ensure-loaded', reply };
    }
    const target = readTarget(url);
    if (target === null) return unnamed(errorReply('bad_request'));
    const found = findRoute(routes, target.parts);
    if (found === null || (served.reach === 'extra' && !found.route.isExtra)) return unnamed(errorReply('not_found'));
    const { name, route, argument } = found;
    const named = (reply: Reply | Promise<Reply>) => ({ name, reply });

    const asGet = method === 'HEAD' ? 'GET' : method;
    const isRead = route.takes !== 'seat';
    if (!route.methods.some((one) => one === asGet) || (method === 'HEAD' && !isRead))
      return named(errorReply('wrong_method', { headers: ['allow', allowed(route, isRead)] }));
    if (!route.isAlways && cache.view() === null) return named(keeperMissing());
    const seat = route.takes === 'seat' ? cache.seat(argument) : null;
    if (route.takes === 'seat' && seat === null)
      return named(failureReply(failure('unknown_seat', argument.slice(0, 64))));
    const withoutToken = tokenProblem(route, served, looked.authorization);
    if (withoutToken !== null) return named(withoutToken);
    if (looked.bodyBytes > mostBodyBytes && looked.bodyBytes < Number.POSITIVE_INFINITY)
      return named(errorReply('body_too_large', { closes: true }));
    if (waiting >= mostWaiting) return named(errorReply('too_many_requests', { retryAfterSeconds: 1 }));
    const act = (bytes: Buffer): Reply | Promise<Reply> => {
      const call = { body: bytes, query: target.query, argument, gone: () => departure().signal() };
      if (route.takes !== 'seat') return route.answer(call);
      return seat === null ? keeperMissing() : route.answer(seat, call);
    };
    if (looked.bodyBytes === 0) return named(act(nothing));
    // All of it first, also where it means nothing: what is not a whole request has no effect.
    invite();
    return named(readBody(request).then((body) => (body.kind === 'whole' ? act(body.bytes) : refuse(body))));
  };

  const finish = (response: ServerResponse, name: string, reply: Reply, hasLeft = false): void => {
    metrics.answered(name, hasLeft ? hungUp : reply.status);
    send(response, reply);
    if (!response.shouldKeepAlive) over.add(response.req.socket);
  };

  const fault = (response: ServerResponse, name: string, error: unknown): void => {
    log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    finish(response, name, errorReply('gateway_fault'));
  };

  return (request, response, served, invite) => {
    if (over.has(request.socket)) return;
    // A client that went away in the middle is no fault of ours.
    response.on('error', ignore);
    let departure: Departure | null = null;
    const departureNow = (): Departure => {
      departure ??= departureOf(request.socket);
      return departure;
    };
    let begun: { readonly name: string; readonly reply: Reply | Promise<Reply> };
    try {
      begun = answer(request, served, invite, departureNow);
    } catch (error) {
      fault(response, 'none', error);
      return;
    }
    const { name, reply } = begun;
    if (!(reply instanceof Promise)) {
      finish(response, name, reply);
      return;
    }
    waiting += 1;
    void reply
      .then(
        (done) => finish(response, name, done, departure?.hasLeft()),
        (error: unknown) => fault(response, name, error),
      )
      .finally(() => {
        waiting -= 1;
        departure?.done();
      });
  };
};
