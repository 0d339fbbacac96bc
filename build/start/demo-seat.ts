/**
 * A model server to try things with: `node demo-seat.ts --port N`. It takes three seconds to load, then holds 200 MB and
 * answers the OpenAI endpoints with your own words. `npm start` puts it into the development configuration.
 */
import { randomFillSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const MB = 2 ** 20;
const heldBytes = 200 * MB;
const loadMs = 3_000;
const steps = 20;
const model = 'castellan-demo';
const mostBodyBytes = MB;
const wordMs = 100;

const { values } = parseArgs({ options: { port: { type: 'string', default: '1341' } } });

/** Filled with what cannot be compressed, a part at a time, as weights are read from a disk. */
const weights: Buffer[] = [];
let isLoaded = false;
const load = async (): Promise<void> => {
  for (let step = 0; step < steps; step += 1) {
    weights.push(randomFillSync(Buffer.allocUnsafeSlow(heldBytes / steps)));
    await sleep(loadMs / steps);
  }
  isLoaded = true;
};

const json = (response: ServerResponse, status: number, value: unknown): void => {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > mostBodyBytes) return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

interface Chat {
  readonly messages?: readonly { readonly content?: unknown }[];
  readonly stream?: unknown;
}

const chat = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const asked = (await bodyOf(request)) as Chat | null;
  const last = asked?.messages?.at(-1)?.content;
  if (typeof last !== 'string') {
    json(response, 400, { error: { message: 'messages is missing', type: 'invalid_request_error' } });
    return;
  }
  const words = `You said: ${last}`.split(' ');
  const common = { id: 'chatcmpl-demo', created: Math.floor(Date.now() / 1000), model };
  if (asked?.stream !== true) {
    const message = { role: 'assistant', content: words.join(' ') };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    json(response, 200, { ...common, object: 'chat.completion', choices });
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [index, word] of words.entries()) {
    const delta = { content: index === 0 ? word : ` ${word}` };
    const choices = [{ index: 0, delta, finish_reason: null }];
    response.write(`data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices })}\n\n`);
    await sleep(wordMs);
  }
  response.end('data: [DONE]\n\n');
};

const server = createServer((request, response) => {
  const path = request.url?.split('?')[0];
  if (!isLoaded) json(response, 503, { status: 'loading' });
  else if (path === '/health') json(response, 200, { status: 'ok' });
  else if (path === '/v1/models') json(response, 200, { object: 'list', data: [{ id: model, object: 'model' }] });
  else if (path === '/v1/chat/completions' && request.method === 'POST')
    chat(request, response).catch(() => response.destroy());
  else json(response, 404, { error: { message: 'no such path', type: 'invalid_request_error' } });
});

server.on('error', (error) => {
  process.stderr.write(`demo seat: ${error.message}\n`);
  process.exit(1);
});
server.listen(Number(values.port), '127.0.0.1', () => {
  load().catch((error: unknown) => {
    process.stderr.write(`demo seat: ${String(error)}\n`);
    process.exit(1);
  });
});

// In order: what is being answered is answered to its end.
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
