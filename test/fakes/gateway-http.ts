import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { gatewayTokenPath } from '../../helper/keeper/server/gateway-token.ts';

/** Requests as programs send them, and as they should not. */

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; null when it is none. */
  readonly json: Readonly<Record<string, unknown>> | null;
}

const jsonOf = (text: string): Readonly<Record<string, unknown>> | null => {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
};

export interface HttpAsk {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Instead of 127.0.0.1. */
  readonly host?: string;
}

export const http = (port: number, path: string, ask: HttpAsk = {}): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const sent = request({
      host: ask.host ?? '127.0.0.1',
      port,
      path,
      method: ask.method ?? 'GET',
      headers: { ...ask.headers },
      agent: false,
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: jsonOf(text) }),
      );
      response.on('error', reject);
    });
    sent.end(ask.body);
  });

/** Writes bytes as they are and gives all that comes back until the other side closes. */
export const rawHttp = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });

export const bearer = (runDirectory: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${readFileSync(gatewayTokenPath(runDirectory), 'latin1').trim()}`,
});
