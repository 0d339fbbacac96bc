import { type ClientRequest, request } from 'node:http';
import { type AdapterProblem, problem } from './wire.ts';

/**
 * HTTP to the socket of one engine, bounded in bytes and time. `node:http` speaks over a socket by itself, so no client library
 * stands between: that of Docker brings ssh, gRPC and protobuf along (66 packages, 19 MB) for the five requests made here.
 */

export interface EngineAnswer {
  readonly ok: true;
  readonly status: number;
  /** Undefined: the body is no JSON. */
  readonly json: unknown;
}

/** Answers of any status are answers. Never rejects. */
export type EngineCall = (
  method: 'GET' | 'POST',
  path: string,
  /** At most so long, ms. */
  mostMs?: number,
) => Promise<EngineAnswer | AdapterProblem>;

/** An inspect of a container with hundreds of mounts and variables has some ten kilobytes. */
const mostBodyBytes = 4 * 2 ** 20;
const mostHeaderBytes = 16_384;
const usualMs = 3_000;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Nobody is behind the path: no file, or a program that has ended and left its socket. */
const whyNot = ({ code, message }: NodeJS.ErrnoException): AdapterProblem => {
  if (code?.startsWith('HPE_') === true) return problem('not_understood', 'what it says is no HTTP');
  if (code === 'EACCES' || code === 'EPERM') return problem('refused', `its socket may not be opened: ${message}`);
  return problem('unreachable', message);
};

export const createEngineCall =
  ({ socketPath, leftMs }: { readonly socketPath: string; readonly leftMs: () => number }): EngineCall =>
  (method, path, mostMs = usualMs) =>
    new Promise((resolve) => {
      const timeMs = Math.min(mostMs, leftMs());
      if (timeMs <= 0) return resolve(problem('too_late', 'there was no time left to ask'));
      let sent: ClientRequest | null = null;
      const end = (answer: EngineAnswer | AdapterProblem): void => {
        clearTimeout(limit);
        resolve(answer);
        sent?.destroy();
      };
      // Of the whole request: a byte now and then keeps a socket busy for ever.
      const limit = setTimeout(() => end(problem('too_late', `no answer to ${method} ${path} in time`)), timeMs);
      try {
        sent = request({
          socketPath,
          method,
          path,
          agent: false,
          maxHeaderSize: mostHeaderBytes,
          headers: { host: 'docker', accept: 'application/json', 'accept-encoding': 'identity' },
        });
      } catch (fault) {
        // A path that no socket can have.
        return end(problem('bad_request', fault instanceof Error ? fault.message : String(fault)));
      }
      sent.on('error', (fault: NodeJS.ErrnoException) => end(whyNot(fault)));
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > mostBodyBytes) end(problem('not_understood', `its answer to ${path} is too large`));
          else parts.push(part);
        });
        response.on('end', () =>
          end({ ok: true, status: response.statusCode ?? 0, json: parsed(Buffer.concat(parts).toString('utf8')) }),
        );
        response.on('error', (fault) => end(problem('unreachable', fault.message)));
        response.on('aborted', () => end(problem('unreachable', 'it hung up in the middle of its answer')));
      });
      sent.end();
    });
