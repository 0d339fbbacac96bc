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
  readonly retryAfterSeconds: number;
}

/**
 * A `503` over HTTP/1.1, complete. The error is of the form that clients of the OpenAI API read, so that what they show
 * is the sentence.
 */
export const httpRefusal = (refusal: Refusal): string => {
  const { seat, code, state, said, retryAfterSeconds } = refusal;
  const body = JSON.stringify({
    error: { message: said, type: 'seat_unavailable', code, param: null },
    seat,
    state,
    retryAfterSeconds,
  });
  return [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Retry-After: ${retryAfterSeconds}`,
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
