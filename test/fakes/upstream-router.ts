import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { CleanUp } from './model-server-start.ts';

/**
 * A small router of OpenAI requests, as people put one before their model servers. For a route with a seat it asks
 * `POST /ensure-loaded/SEAT` first, with a short timeout. Whatever comes back but a 200, or nothing, it goes on without:
 * to the next upstream, or to the seat itself where there is no next. A route without a seat never asks.
 */
export interface UpstreamRoute {
  readonly model: string;
  /** Asked for before each request; null: this route does without. */
  readonly seat: string | null;
  /** Base addresses, `http://127.0.0.1:8080`; the first is the seat. */
  readonly upstreams: readonly [string, ...string[]];
}

export interface UpstreamRouterOptions {
  /** Base address of who is asked to load a seat. */
  readonly ensure: string;
  /** So long it is waited for. */
  readonly ensureMs: number;
  readonly routes: readonly UpstreamRoute[];
}

/** One request, and what became of it. */
export interface Decision {
  readonly model: string;
  /** `HTTP 503`, `timeout`, the code of an error (`ECONNREFUSED`), or `not asked`. */
  readonly ensure: string;
  /** Which upstream answered; null: none did. */
  readonly upstream: string | null;
}

export interface UpstreamRouter {
  readonly url: string;
  readonly decisions: readonly Decision[];
}

/** A POST whose answer nobody waits for longer than this. Tells its status, or why there is none. */
const ask = (url: string, withinMs: number): Promise<string> =>
  new Promise((resolve) => {
    const asked = request(url, { method: 'POST', agent: false, headers: { 'content-length': '0' } });
    const timer = setTimeout(() => {
      resolve('timeout');
      asked.destroy();
    }, withinMs);
    asked.on('response', (response) => {
      clearTimeout(timer);
      response.resume();
      resolve(`HTTP ${response.statusCode}`);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(error.code ?? error.message);
    });
    asked.end();
  });

/** The head of the answer; null: nobody answered there, and nothing has been said to the client. */
const headFrom = async (url: string, body: Buffer, response: ServerResponse): Promise<IncomingMessage | null> => {
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const passed = request(`${url}/v1/chat/completions`, { method: 'POST', agent: false, headers });
  response.on('close', () => passed.destroy());
  passed.end(body);
  try {
    const [answer] = (await once(passed, 'response')) as [IncomingMessage];
    passed.on('error', () => response.destroy());
    return answer;
  } catch {
    return null;
  }
};

const passBack = async (answer: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { 'content-type': type } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, type === undefined ? {} : { 'content-type': type });
  response.flushHeaders();
  await pipeline(answer, response).catch(() => {});
};

const modelOf = (body: Buffer): string => {
  try {
    const { model } = JSON.parse(body.toString('utf8')) as { readonly model?: unknown };
    return typeof model === 'string' ? model : '';
  } catch {
    return '';
  }
};

export const startUpstreamRouter = async (t: CleanUp, options: UpstreamRouterOptions): Promise<UpstreamRouter> => {
  const decisions: Decision[] = [];

  const route = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(asked);
    const model = modelOf(body);
    const found = options.routes.find((each) => each.model === model);
    if (found === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { seat, upstreams } = found;
    const [own, ...others] = upstreams;
    const ensure = seat === null ? 'not asked' : await ask(`${options.ensure}/ensure-loaded/${seat}`, options.ensureMs);
    const order = ensure === 'HTTP 200' || ensure === 'not asked' ? upstreams : [...others, own];
    for (const upstream of order) {
      const answer = await headFrom(upstream, body, response);
      if (answer === null) continue;
      decisions.push({ model, ensure, upstream });
      return passBack(answer, response);
    }
    decisions.push({ model, ensure, upstream: null });
    response.writeHead(502).end();
  };

  const server = createServer((asked, response) => {
    route(asked, response).catch(() => response.destroy());
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, decisions };
};
