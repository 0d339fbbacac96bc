import { chmodSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { PushView, ToldAlert } from '../../helper/protocol/push.ts';
import { type Asked, httpServer, httpsServer } from './gateway-servers.ts';

/** Whoever is sent alerts: keeps what came, and answers as the test says. */

export interface Came {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver extends Asked {
  readonly came: readonly Came[];
}

export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const listener =
  (came: Came[], answer: (came: Came, before: number) => Answered): RequestListener =>
  (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body };
      const { status, headers = {} } = answer(one, came.length);
      came.push(one);
      response.writeHead(status, headers).end('{}');
    });
  };

export const startReceiver = async (
  t: TestContext,
  answer: (came: Came, before: number) => Answered = () => ({ status: 200 }),
  tls: { readonly cert: string; readonly key: string } | null = null,
): Promise<Receiver> => {
  const came: Came[] = [];
  const listen = listener(came, answer);
  return { ...(await (tls === null ? httpServer(t, listen) : httpsServer(t, tls, listen))), came };
};

export const secretFile = (folder: string, secret: string, mode = 0o640): string => {
  const path = join(folder, `secret-${mode.toString(8)}`);
  writeFileSync(path, `${secret}\n`);
  chmodSync(path, mode);
  return path;
};

export const sampleAlert = (change: Partial<ToldAlert> = {}): ToldAlert => ({
  id: 'seat_failed.Codestral.1000',
  kind: 'seat_failed',
  level: 'critical',
  subject: 'Codestral',
  message: 'A seat could not be loaded, or does not stay up.',
  detail: 'three starts in a minute',
  todo: 'Look at its own log.',
  raisedMs: 1_000,
  overMs: null,
  ...change,
});

export const samplePushTarget = (change: Partial<PushView['targets'][number]> = {}): PushView['targets'][number] => ({
  name: 'ops',
  kind: 'webhook',
  url: 'http://127.0.0.1:9/hook',
  level: 'warning',
  secretFile: null,
  ca: null,
  ...change,
});
