import type { ErrorCode, Failure } from '../../protocol/errors.ts';

/**
 * What the HTTP API itself refuses, each with its status, a sentence and what to do next. What the keeper refuses keeps the
 * code it has everywhere. `docs/operations.md` has a row for each; a test compares the two.
 */
export const apiErrors = {
  bad_request: {
    status: 400,
    error: 'The request is not HTTP as this API takes it.',
    next: 'Send HTTP/1.1 without Upgrade, and a path that begins with "/" and has neither dots alone nor encoded slashes.',
  },
  token_missing: {
    status: 401,
    error: 'This needs the token.',
    next: 'Send "Authorization: Bearer TOKEN" with the content of gateway.token in the run directory.',
  },
  token_wrong: {
    status: 403,
    error: 'That is not the token.',
    next: 'Read gateway.token in the run directory again: it is made anew when others could have read it.',
  },
  wrong_host: {
    status: 403,
    error: 'The Host header does not name this address.',
    next: 'Use http://127.0.0.1:PORT or http://localhost:PORT, or one of api.extra_listen, as it is written there.',
  },
  cross_site: {
    status: 403,
    error: 'Web pages may not use this API.',
    next: 'Ask from a program that sends no Origin, Referer or Sec-Fetch-Site header.',
  },
  not_found: {
    status: 404,
    error: 'There is nothing at this path.',
    next: 'See GET /schemas for what there is.',
  },
  wrong_method: {
    status: 405,
    error: 'This path does not take this method.',
    next: 'Use one of those that the Allow header names.',
  },
  request_timeout: {
    status: 408,
    error: 'The request did not arrive in time.',
    next: 'Send it at once: headers have 5 seconds, the whole of it 10.',
  },
  in_flight: {
    status: 409,
    error: 'Requests to this seat are under way; nothing was done.',
    next: 'Ask again when they are done, or use `castellan release SEAT --cut`.',
  },
  body_too_large: {
    status: 413,
    error: 'The body is larger than 4 KiB.',
    next: 'Send none, or for /admit/preview {"seat": NAME}.',
  },
  headers_too_large: {
    status: 431,
    error: 'The headers are larger than 8 KiB.',
    next: 'Send fewer.',
  },
  too_many_requests: {
    status: 429,
    error: 'Too much is asked at once.',
    next: 'Ask again after the seconds that Retry-After names.',
  },
  gateway_fault: {
    status: 500,
    error: 'The gateway could not answer because of a fault of its own.',
    next: 'Look at what the gateway wrote to its standard error; other requests are answered.',
  },
  keeper_missing: {
    status: 503,
    error: 'The keeper does not answer, so nothing is known of the seats.',
    next: 'Go on without it: use the next upstream. `castellan doctor` tells what is wrong.',
  },
  needs_shedding: {
    status: 503,
    error: 'The seat does not fit into memory now.',
    next: 'Use the next upstream, or ask again later; ?wait=SECONDS (at most 30) waits for memory.',
  },
  seat_refused: {
    status: 503,
    error: 'The seat cannot be loaded now, whatever memory there is.',
    next: 'Use the next upstream; `castellan explain SEAT` shows why.',
  },
  start_failed: {
    status: 503,
    error: 'The seat could not be started.',
    next: 'Use the next upstream; `castellan log` shows what happened.',
  },
  release_failed: {
    status: 503,
    error: 'The seat could not be told to end.',
    next: 'See `castellan log` for what happened, and `castellan services` for what is so now.',
  },
  never_ready: {
    status: 504,
    error: 'The seat was started and did not become ready in time.',
    next: 'Use the next upstream; look at the log of the seat, then `castellan load SEAT`.',
  },
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly error: string; readonly next: string }>
>;

export type ApiErrorCode = keyof typeof apiErrors;

/** Status for what the keeper refuses; what is not listed is 503, so that a caller goes on to its next upstream. */
const statusOfFailure: Partial<Readonly<Record<ErrorCode, number>>> = {
  bad_arguments: 400,
  unknown_seat: 404,
  not_allowed: 403,
  seat_protected: 403,
  rate_limited: 429,
  too_many_waiting: 429,
  internal: 500,
  answer_timeout: 504,
};

export const statusOf = ({ code }: Failure): number => statusOfFailure[code] ?? 503;

/** No connection to the keeper, or none that can be used. */
export const isKeeperGone = ({ code }: Failure): boolean =>
  code === 'connection_lost' || code === 'not_running' || code === 'shutting_down' || code === 'untrusted_server';
