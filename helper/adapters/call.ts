import { request } from 'node:http';
import { type AdapterProblem, problem } from './wire.ts';

/** HTTP to one program on this machine: nowhere else, no redirect, bounded in bytes and time. */

export interface Answer {
  readonly ok: true;
  readonly status: number;
  /** Undefined: the body is no JSON. */
  readonly json: unknown;
  readonly text: string;
}

/** Answers of any status but a redirect or "who are you" are answers. Never rejects. */
export type Call = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Answer | AdapterProblem>;

export interface CallOptions {
  readonly url: string;
  readonly token: string | null;
  readonly leftMs: () => number;
}

/** A list of a few hundred models with their metadata has some hundred kilobytes. */
const mostBodyBytes = 4 * 2 ** 20;
const mostHeaderBytes = 16_384;
/** One request; the next may find the program in a better hour. */
const requestMs = 4_000;

/** Where to connect to; null: not this machine. A name is not resolved: `localhost` is what it should be. */
const loopbackOf = (hostname: string): string | null => {
  if (hostname === '[::1]') return '::1';
  if (hostname === 'localhost') return '127.0.0.1';
  return /^127(?:\.\d{1,3}){3}$/.test(hostname) ? hostname : null;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const judged = (status: number, text: string): Answer | AdapterProblem => {
  if (status >= 300 && status < 400)
    return problem('not_understood', `it redirects (${status}), which is not followed`);
  if (status === 401 || status === 403) return problem('refused', `it wants a token, or another one (${status})`);
  return { ok: true, status, json: parsed(text), text };
};

/** Null: not an address of this machine by plain HTTP. */
export const createCall = ({ url, token, leftMs }: CallOptions): Call | null => {
  const base = URL.parse(url);
  const host = base === null ? null : loopbackOf(base.hostname);
  if (base === null || host === null || base.protocol !== 'http:' || base.username !== '' || base.password !== '')
    return null;
  const port = Number(base.port || 80);
  const folder = base.pathname.replace(/\/+$/, '');

  return (method, path, body) =>
    new Promise((resolve) => {
      const timeMs = Math.min(requestMs, leftMs());
      if (timeMs <= 0) return resolve(problem('too_late', 'there was no time left to ask'));
      const content = body === undefined ? null : Buffer.from(JSON.stringify(body));
      const sent = request({
        host,
        port,
        method,
        path: `${folder}${path}`,
        // No pool: the connection ends with the answer.
        agent: false,
        maxHeaderSize: mostHeaderBytes,
        headers: {
          host: base.host,
          accept: 'application/json',
          'accept-encoding': 'identity',
          ...(content === null ? {} : { 'content-type': 'application/json', 'content-length': content.length }),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
      });
      const end = (answer: Answer | AdapterProblem): void => {
        clearTimeout(limit);
        resolve(answer);
        sent.destroy();
      };
      // Of the whole request: a byte now and then keeps a socket busy for ever.
      const limit = setTimeout(() => end(problem('too_late', `no answer to ${method} ${path} in time`)), timeMs);
      sent.on('error', (fault: NodeJS.ErrnoException) => {
        const isForm = fault.code?.startsWith('HPE_') === true;
        end(problem(isForm ? 'not_understood' : 'unreachable', isForm ? 'what it says is no HTTP' : fault.message));
      });
      sent.on('response', (response) => {
        const tooLarge = (): void => end(problem('not_understood', `its answer to ${path} is too large`));
        if (Number(response.headers['content-length'] ?? 0) > mostBodyBytes) return tooLarge();
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > mostBodyBytes) tooLarge();
          else parts.push(part);
        });
        response.on('end', () => end(judged(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8'))));
        response.on('error', (fault) => end(problem('unreachable', fault.message)));
        response.on('aborted', () => end(problem('unreachable', 'it hung up in the middle of its answer')));
      });
      sent.end(content ?? undefined);
    });
};
