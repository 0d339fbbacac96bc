import type { ServerResponse } from 'node:http';
import type { Failure } from '../../protocol/errors.ts';
import { type ApiErrorCode, apiErrors, isKeeperGone, statusOf } from './errors.ts';

/** What is sent: made once where it can be, and sent as it is. */
export interface Reply {
  readonly status: number;
  readonly body: Buffer;
  /** Name and value in turn. */
  readonly headers: readonly string[];
  /** The connection ends with it. */
  readonly closes: boolean;
}

/** Nothing of this is for a browser, and nothing is true for long. */
const always = ['cache-control', 'no-store', 'x-content-type-options', 'nosniff'] as const;

export const textReply = (status: number, type: string, text: string, more: readonly string[] = []): Reply => {
  const body = Buffer.from(text);
  const headers = ['content-type', type, 'content-length', `${body.length}`, ...always, ...more];
  return { status, body, headers, closes: false };
};

export const jsonReply = (status: number, value: unknown, more: readonly string[] = []): Reply =>
  textReply(status, 'application/json', `${JSON.stringify(value)}\n`, more);

const retryHeader = (seconds: number | null): readonly string[] =>
  seconds === null ? [] : ['retry-after', `${seconds}`];

export interface ErrorMore {
  /** Instead of the sentence of the table. */
  readonly error?: string;
  readonly next?: string;
  readonly retryAfterSeconds?: number | null;
  /** Further fields of the body. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly headers?: readonly string[];
  readonly closes?: boolean;
}

export const errorReply = (code: ApiErrorCode, more: ErrorMore = {}): Reply => {
  const { status, error, next } = apiErrors[code];
  const headers = [...retryHeader(more.retryAfterSeconds ?? null), ...(more.headers ?? [])];
  const reply = jsonReply(
    status,
    { code, error: more.error ?? error, next: more.next ?? next, ...more.fields },
    headers,
  );
  return { ...reply, closes: more.closes ?? false };
};

/** Seconds after which asking again may find the keeper there. */
const keeperRetrySeconds = 5;

export const keeperMissing = (detail = ''): Reply =>
  errorReply('keeper_missing', {
    retryAfterSeconds: keeperRetrySeconds,
    ...(detail === '' ? {} : { fields: { detail } }),
  });

export const failureReply = (failure: Failure): Reply => {
  if (isKeeperGone(failure)) return keeperMissing(failure.detail);
  const status = statusOf(failure);
  const error = failure.detail === '' ? failure.message : `${failure.message} (${failure.detail})`;
  return jsonReply(
    status,
    { code: failure.code, error, next: failure.todo },
    retryHeader(status === 429 ? 1 : status === 503 ? keeperRetrySeconds : null),
  );
};

export const send = (response: ServerResponse, { status, body, headers, closes }: Reply): void => {
  if (response.destroyed || response.headersSent) return;
  // Node adds the header, and closes.
  if (closes) response.shouldKeepAlive = false;
  // The types know only what a header can be, not that Node takes a flat list and sends it as it is.
  response.writeHead(status, headers as string[]);
  response.end(body);
};

/** For a connection whose request is none: there is no response object yet. */
export const rawReply = ({ status, body, headers }: Reply): Buffer => {
  const lines = [`HTTP/1.1 ${status} Error`, 'connection: close'];
  for (let at = 0; at + 1 < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
};
