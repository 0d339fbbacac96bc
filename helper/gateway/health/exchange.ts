import { type IncomingMessage, type RequestOptions, request as send } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import { type HttpUrl, localUrlOf } from '../http-url.ts';
import type { Fault } from './detail.ts';
import { faultOf } from './faults.ts';
import type { Secured } from './tls-files.ts';

/**
 * One request to a server that may answer anything, or mean ill: nothing is followed, nothing is unpacked, and what is read is
 * bounded in bytes and in time. The connection is its own, and is gone when this resolves.
 */

export interface Exchange {
  readonly url: string;
  /** Which addresses may be asked; left out: those of this machine. */
  readonly urlOf?: (text: string) => HttpUrl | null;
  /** Beside those of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of each answer's head before it is judged. True: that was all that was wanted, whatever its body would be. */
  readonly onHead?: (head: AnswerHead) => boolean;
  /** Null: a GET. Else it is posted, as JSON unless a header says something else. */
  readonly post: string | null;
  /** Aborted when the time is over, or nobody wants to know any more. */
  readonly signal: AbortSignal;
  /** The time that was given, for words. */
  readonly withinMs: number;
  /** For https; null: castellan.toml says nothing. */
  readonly secured: () => Promise<Secured>;
  readonly mostBytes: number;
  /** Takes the body of a 200, decoded. What it says is wrong ends the exchange. */
  readonly take: (text: string) => string | null;
}

export interface AnswerHead {
  readonly status: number;
  /** As it was sent. */
  readonly retryAfter: string | null;
}

export type Exchanged = { readonly ok: true; readonly ms: number } | ({ readonly ok: false } & AnswerFault);

/** What is wrong with an answer that came whole. */
export const saidOf = ({ url, urlOf = localUrlOf }: Pick<Exchange, 'url' | 'urlOf'>, detail: string): string =>
  `${urlOf(url)?.shown ?? 'the address'} ${detail}`;

/** With the milliseconds until the answer began; null: it did not. */
export interface AnswerFault extends Fault {
  readonly ms: number | null;
}

const mostHeaderBytes = 16 * 1024;
/** Of all that comes on the connection, beyond the body: headers, interim answers, the framing of chunks and trailers. */
const mostOtherBytes = 256 * 1024;

const optionsOf = (url: HttpUrl, { post, signal, headers }: Exchange): RequestOptions => ({
  host: url.host,
  port: url.port,
  path: url.path,
  method: post === null ? 'GET' : 'POST',
  headers: {
    ...(post === null ? {} : { 'content-type': 'application/json' }),
    ...headers,
    host: url.hostHeader,
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'castellan',
    connection: 'close',
    ...(post === null ? {} : { 'content-length': Buffer.byteLength(post) }),
  },
  maxHeaderSize: mostHeaderBytes,
  insecureHTTPParser: false,
  signal,
});

/** Not by an agent, which would keep connections and sessions: each answer stands for itself, certificate and all. */
const open = ({ host, port, name }: HttpUrl, context: SecureContext | null): Socket => {
  if (context === null) return connect({ host, port });
  // Loaded with the first listener that asks for it.
  return process.getBuiltinModule('node:tls').connect({
    host,
    port,
    secureContext: context,
    // An address is no name to send; what the certificate must name is then the host.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: true,
  });
};

/** What a head says against its body; null: it may be read. */
const faultInHead = ({ statusCode = 0, httpVersionMajor, httpVersion, headers }: IncomingMessage): Fault | null => {
  if (httpVersionMajor !== 1) return { code: 'bad_answer', detail: `answers in HTTP/${httpVersion}` };
  if (statusCode !== 200) return { code: 'bad_status', detail: `answers ${statusCode}` };
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return null;
  return { code: 'bad_answer', detail: 'sends its answer packed, which was not asked for' };
};

const hangsUp: Fault = { code: 'bad_answer', detail: 'hangs up without an answer' };
const breaksOff: Fault = { code: 'bad_answer', detail: 'ends in the middle of its answer' };

const sizeText = (bytes: number): string => (bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MB` : `${bytes / 1024} KB`);

/** Never rejects. What it resolves to after an abort is of no use to anybody. */
export const exchange = async (asked: Exchange): Promise<Exchanged> => {
  const { post, signal, withinMs, mostBytes, take, urlOf = localUrlOf } = asked;
  const no = (fault: Fault, ms: number | null): Exchanged => ({
    ok: false,
    code: fault.code,
    detail: saidOf(asked, fault.detail),
    ms,
  });
  const url = urlOf(asked.url);
  if (url === null) return no({ code: 'refused', detail: 'is no address that is asked, and was not' }, null);
  const secured = url.secure ? await asked.secured() : null;
  if (secured?.ok === false) return no({ code: 'tls', detail: `was not asked: ${secured.detail}` }, null);
  const late = (ms: number | null): Fault => ({
    code: 'timeout',
    detail: `${ms === null ? 'does not answer' : 'does not come to the end of its answer'} within ${withinMs / 1000} s`,
  });
  if (signal.aborted) return no(late(null), null);
  const context = secured?.context ?? null;
  const fromMs = performance.now();
  return new Promise((resolve) => {
    let ms: number | null = null;
    const request = send({ ...optionsOf(url, asked), createConnection: () => open(url, context) });
    /** The first to say what came of it is heard. */
    const end = (said: Exchanged): void => {
      request.destroy();
      resolve(said);
    };
    const fail = (fault: Fault): void => end(no(signal.aborted ? late(ms) : fault, ms));
    const tooLong: Fault = { code: 'bad_answer', detail: `says more than ${sizeText(mostBytes)}` };

    let onWire = 0;
    request.on('socket', (socket) =>
      socket.on('data', (chunk: Buffer) => {
        onWire += chunk.length;
        if (onWire > mostBytes + mostOtherBytes) fail(tooLong);
      }),
    );
    // Listened to, so that it does not count as an answer; the connection is not ours to use otherwise.
    request.on('upgrade', ({ statusCode = 101 }, socket) => {
      socket.destroy();
      fail({ code: 'bad_status', detail: `answers ${statusCode}` });
    });
    request.on('response', (response) => {
      ms = performance.now() - fromMs;
      const head = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null };
      if (asked.onHead?.(head) === true) {
        response.on('error', () => {});
        end({ ok: true, ms });
        return;
      }
      const fault = faultInHead(response);
      if (fault !== null) {
        response.on('error', () => {});
        fail(fault);
        return;
      }
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      let bytes = 0;
      const textOf = (chunk: Buffer | undefined): string | null => {
        try {
          return decoder.decode(chunk, { stream: chunk !== undefined });
        } catch {
          return null;
        }
      };
      const hear = (chunk?: Buffer): void => {
        const text = textOf(chunk);
        const wrong = text === null ? 'sends bytes that are no text' : take(text);
        if (wrong !== null) fail({ code: 'bad_answer', detail: wrong });
      };
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostBytes) fail(tooLong);
        else hear(chunk);
      });
      response.on('end', () => {
        hear();
        end({ ok: true, ms: performance.now() - fromMs });
      });
      response.on('error', () => fail(breaksOff));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isOpen = (request.socket as TLSSocket | null)?.authorized === true;
      const isExpired = secured?.isExpired === true;
      const showsNone = secured?.showsNone === true;
      fail(faultOf(error, { secure: url.secure, isOpen, name: url.name, isExpired, showsNone }));
    });
    // Whatever has happened, somebody waits for this.
    request.on('close', () => fail(ms === null ? hangsUp : breaksOff));
    request.end(post ?? undefined);
  });
};
