/**
 * Twenty seats in a process of their own, so that what they cost is not counted: `servers.ts HOW FOLDER`, of which HOW is `http`,
 * `mutual` (with the certificates of the folder) or `hostile` (a body without end). Prints its ports.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { join } from 'node:path';

const seats = 20;

const [how, folder = ''] = process.argv.slice(2);

const models = Array.from({ length: 20 }, (_, n) => ({ id: `model-${n}`, object: 'model', owned_by: 'organization' }));
const list = JSON.stringify({ object: 'list', data: models });
const chat = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'model-0',
  choices: [{ index: 0, message: { role: 'assistant', content: 'OK.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
});

const honest: RequestListener = (request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(request.method === 'GET' ? list : chat);
  });
};

const piece = Buffer.alloc(256 * 1024, 0x20);
const hostile: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const pour = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.on('drain', pour);
  pour();
};

const serverOf = () => {
  if (how !== 'mutual') return createServer(how === 'hostile' ? hostile : honest);
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const files = { cert: read('seat.pem'), key: read('seat.key'), ca: read('ca.pem') };
  return createSecureServer({ ...files, requestCert: true, rejectUnauthorized: true }, honest);
};

const ports: number[] = [];
for (let n = 0; n < seats; n += 1) {
  const server = serverOf().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (typeof bound === 'object' && bound !== null) ports.push(bound.port);
}
process.stdout.write(`${JSON.stringify(ports)}\n`);
