/**
 * A model server for tests: `model-server.ts [options]`, run unbuilt by the pinned Node. It speaks `/health`, `/v1/models`,
 * `/v1/chat/completions` and `/v1/completions` (with and without `stream`), takes the memory it is told to and behaves as badly
 * as it is told to. Every answer consists of the tokens `t0 t1 t2 …`, so that one that is lost or doubled is seen.
 *
 *   --host ADDRESS   listens there (127.0.0.1)
 *   --port N         (0: any)
 *   --model NAME     what `/v1/models` lists (test-model)
 *   --anon-mb N      holds so much anonymous memory once it is loaded, every page touched
 *   --memfd-mb N     holds so much in a memfd that it never maps (Linux)
 *   --load-ms MS     loads so long, its memory growing steadily; until then `/health` and completions answer 503
 *   --listen-late    listens only when it is loaded
 *   --hang           accepts connections and never answers
 *   --hang-chat      accepts completions and never answers them; all else it answers
 *   --hollow         gives its memory back as soon as it is loaded, and `/health` stays ok
 *   --tokens N       of an answer whose request has no `max_tokens` (20)
 *   --token-ms MS    from one token to the next (2)
 *   --stream-ms MS   so many tokens that an answer takes so long
 *   --first-ms MS    until the first token: a long prompt
 *   --drain MS       handles TERM by listening no more, going on for so long and exiting with 0; without it TERM ends it
 *   --deaf           ignores TERM: drains for ever
 *   --stuck-drain    in its first start TERM ends its work and not the process: it gives its memory back, lists its
 *                    model, and never answers a chat
 *   --exit CODE      exits with it by itself (78: launchd is not to try again) …
 *   --exit-after MS  … so long after its start (0) …
 *   --times N        … in its first N starts, which are counted in …
 *   --starts FILE    … to which each start adds a line, `PID CAUSE`
 *   --life MS        exits with 9 after so long (600,000): a test that fails to end it does not leave it for ever
 *   --with-parent    ends when its parent does
 *
 * Prints `listening PORT`, `loaded`, and `term` when it is told to end. `GET /control` tells its figures (ModelServerFigures);
 * `POST /control/ORDER` is answered whatever else hangs: `hang`, `hang-chat`, `answer` (hangs no more), `hollow`, `load` (takes its memory
 * again), `crash` (exits with 1).
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { answerError, answerJson, type ChatCounts, createCompletions } from './model-server-chat.ts';
import { type ModelServerOptions, parseModelServerOptions } from './model-server-options.ts';
import { createWeights } from './model-server-weights.ts';

/** What `GET /control` answers. */
export interface ModelServerFigures extends Readonly<ChatCounts> {
  readonly pid: number;
  readonly isLoaded: boolean;
  readonly hangs: boolean;
  readonly heldBytes: number;
  /** Requests of any kind, those of `/control` left out. */
  readonly requests: number;
  readonly connections: number;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const readOptions = (): ModelServerOptions => {
  try {
    return parseModelServerOptions(process.argv.slice(2));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
};
const options = readOptions();

const startsBefore = (file: string): number => {
  try {
    return readFileSync(file, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
};
const earlierStarts = options.startsFile === null ? 0 : startsBefore(options.startsFile);
const endsEarly = options.exitCode !== null && (options.exitTimes === null || earlierStarts < options.exitTimes);
if (options.startsFile !== null)
  appendFileSync(options.startsFile, `${process.pid} ${endsEarly ? `exit ${options.exitCode}` : 'start'}\n`);
if (endsEarly) setTimeout(() => process.exit(options.exitCode ?? 0), options.exitAfterMs);
setTimeout(() => process.exit(9), options.lifeMs).unref();

const parent = process.ppid;
if (options.withParent)
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 500);

const counts: ChatCounts = { completions: 0, tokens: 0, cut: 0 };
const weights = await createWeights(options);
const completions = createCompletions(options, counts);
let isLoaded = false;
let hangs = options.hangs;
let hangsAtChat = options.hangsAtChat;
let requests = 0;
let connections = 0;

const stepMs = 10;

const load = async (): Promise<void> => {
  const fromMs = performance.now();
  await new Promise<void>((resolve) => {
    const step = (): void => {
      const share = options.loadMs === 0 ? 1 : Math.min((performance.now() - fromMs) / options.loadMs, 1);
      weights.growTo(share);
      if (share < 1) setTimeout(step, stepMs);
      else resolve();
    };
    step();
  });
  isLoaded = true;
  if (options.isHollow) weights.release();
  say('loaded');
};

const figures = (): ModelServerFigures => ({
  ...counts,
  pid: process.pid,
  isLoaded,
  hangs,
  heldBytes: weights.heldBytes(),
  requests,
  connections,
});

const orders: Readonly<Record<string, () => void>> = {
  hang: () => {
    hangs = true;
  },
  'hang-chat': () => {
    hangsAtChat = true;
  },
  answer: () => {
    hangs = false;
    hangsAtChat = false;
  },
  hollow: weights.release,
  load: () => weights.growTo(1),
  crash: () => setImmediate(() => process.exit(1)),
};

const control = (request: IncomingMessage, response: ServerResponse, order: string): void => {
  const act = request.method === 'POST' ? orders[order] : undefined;
  const isAsked = request.method === 'GET' && order === '';
  act?.();
  if (act !== undefined || isAsked) answerJson(response, 200, figures());
  else answerError(response, 404, 'No such order.', 'not_found');
};

const serve = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
  const route = `${request.method} ${path}`;
  const isCompletion = path === '/v1/chat/completions' || path === '/v1/completions';
  if (route === 'GET /v1/models')
    return answerJson(response, 200, { object: 'list', data: [{ id: options.model, object: 'model' }] });
  if (route !== 'GET /health' && !isCompletion)
    return answerError(response, 404, `Unknown request URL: ${route}.`, 'invalid_request_error');
  if (request.method === 'GET' && isCompletion)
    return answerError(response, 405, 'Only POST requests are accepted.', 'invalid_request_error');
  // As llama-server words it.
  if (!isLoaded) return answerError(response, 503, 'Loading model', 'unavailable_error');
  if (isCompletion && hangsAtChat) return;
  if (isCompletion) return completions(path === '/v1/completions' ? 'text' : 'chat', request, response);
  answerJson(response, 200, { status: 'ok' });
};

const server = createServer((request, response) => {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (path === '/control') return control(request, response, '');
  if (path.startsWith('/control/')) return control(request, response, path.slice('/control/'.length));
  requests += 1;
  if (hangs) return;
  void serve(request, response, path);
});
server.on('connection', () => {
  connections += 1;
});
// Whoever proxies to it keeps connections open longer than Node's five seconds.
server.keepAliveTimeout = 75_000;
server.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

process.on('SIGTERM', () => {
  say('term');
  if (options.isDeaf) return;
  if (options.drainIsStuck && earlierStarts === 0) {
    hangsAtChat = true;
    weights.release();
    return;
  }
  if (options.drainMs === null) process.exit(0);
  server.close();
  setTimeout(() => process.exit(0), options.drainMs);
});

const listen = (): Promise<void> =>
  new Promise((resolve) => {
    server.listen(options.port, options.host, () => {
      const at = server.address();
      say(`listening ${typeof at === 'object' ? at?.port : at}`);
      resolve();
    });
  });

if (!options.listensLate) await listen();
await load();
if (options.listensLate) await listen();
