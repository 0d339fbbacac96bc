import type { EnsureAnswer, SeatState } from '../../protocol/seats.ts';

/** Why a connection is not passed on to its seat. */
export interface Refusal {
  readonly seat: string;
  /** One word for programs: an outcome of ensure, or what the proxy itself found. */
  readonly code:
    | Exclude<EnsureAnswer['outcome'], 'ready'>
    | 'draining'
    | 'frozen'
    | 'unreachable'
    | 'too_many_connections'
    | 'keeper_unavailable'
    | 'ending';
  readonly state: SeatState | null;
  /** One sentence for people. */
  readonly said: string;
  /** Null: asking again is of no use before somebody has done something. */
  readonly retryAfterSeconds: number | null;
}

/** What to do next, by what it is refused for. */
const nextOf = ({ code, seat }: Refusal): string => {
  switch (code) {
    case 'needs_shedding':
      return `Use another server, or ask again later; \`castellan fits ${seat}\` shows what is missing.`;
    case 'refused':
      return `Use another server; \`castellan explain ${seat}\` shows why.`;
    case 'never_ready':
      return `Look at the log of the seat, then \`castellan load ${seat}\`.`;
    case 'failed':
    case 'unreachable':
      return `Use another server; \`castellan explain ${seat}\` and the log of the seat show what happened.`;
    case 'draining':
      return 'Ask again in a few seconds: then it is loaded afresh.';
    case 'frozen':
      return 'It goes on when memory is free again; `castellan status` shows what is frozen and why.';
    case 'too_many_connections':
      return 'Ask again when one of them has ended.';
    case 'keeper_unavailable':
      return 'Use another server; `castellan doctor` tells what is wrong with the keeper.';
    case 'ending':
      return 'Ask again in a few seconds, when the gateway has been started again.';
  }
};

/**
 * A `503` over HTTP/1.1, complete. The error is of the form that clients of the OpenAI API read: of all of it they show the
 * message alone, so that has what to do next, too.
 */
export const httpRefusal = (refusal: Refusal): string => {
  const { seat, code, state, said, retryAfterSeconds } = refusal;
  const next = nextOf(refusal);
  const body = JSON.stringify({
    error: { message: `${said} ${next}`, type: 'seat_unavailable', code, param: null },
    seat,
    state,
    next,
    retryAfterSeconds,
  });
  return [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterSeconds === null ? [] : [`Retry-After: ${retryAfterSeconds}`]),
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
};

/** The longest method that is registered with IANA has 17 letters (UPDATEREDIRECTREF). */
const wholeMethod = /^[A-Z]{3,17} (?:\/|\*|https?:|[\w.-]+:\d)/;
const maybeMethod = /^[A-Z]{0,17}(?: (?:h(?:t(?:t(?:ps?)?)?)?|[\w.-]*)?)?$/;
/** What a client of HTTP/2 sends first (RFC 9113, 3.4); it could make nothing of a reply of HTTP/1.1. */
const http2 = 'PRI * HTTP/2';

/** Bytes that are looked at to tell. */
export const tellingBytes = 64;

/** Whether a client that begins like this understands a reply of HTTP/1.1. `unknown`: too little to tell. */
export const speaksHttp = (first: string): 'yes' | 'no' | 'unknown' => {
  if (first.startsWith(http2)) return 'no';
  if (http2.startsWith(first)) return 'unknown';
  if (wholeMethod.test(first)) return 'yes';
  return first.length < tellingBytes && maybeMethod.test(first) ? 'unknown' : 'no';
};
