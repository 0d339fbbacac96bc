import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import type { RuntimeKind } from '../../helper/adapters/wire.ts';

/** Runtimes of models as their documentation has them, with the traps that users have reported. */

export interface FakeModel {
  readonly id: string;
  readonly instance?: string;
  readonly bytes?: number;
  /** As the runtime writes it: "70.6B". */
  readonly params?: string;
  readonly isBusy?: boolean;
  readonly state?: string;
}

export type Trap =
  /** Says yes and goes on listing it ("Stopping..."). */
  | 'stopping'
  /** Says yes and loads it again under another name, as a request with a TTL does. */
  | 'ttl_duplicate'
  /** Has no such path, and answers 200 all the same. */
  | 'wrong_path'
  /** Answers the unload with an error. */
  | 'refuses';

export interface FakeRuntime {
  readonly url: string;
  /** Method and path of all requests, in order. */
  readonly asked: readonly string[];
  /** Models that a request made it load. */
  readonly loadedByAccident: readonly string[];
  /** Value of the last Authorization header. */
  readonly authorization: () => string | undefined;
  readonly close: () => void;
}

export interface FakeRuntimeOptions {
  readonly kind: RuntimeKind;
  readonly models: readonly FakeModel[];
  readonly trap?: Trap;
  readonly port?: number;
  /** Called when a model is let go. */
  readonly onUnload?: (model: FakeModel) => void;
}

const instanceOf = ({ id, instance }: FakeModel): string => instance ?? id;

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const parts: Buffer[] = [];
  for await (const part of request) if (Buffer.isBuffer(part)) parts.push(part);
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return {};
  }
};

const closing = (server: { readonly close: () => unknown }, sockets: Set<{ destroy: () => void }>) => () => {
  for (const socket of sockets) socket.destroy();
  server.close();
};

export const startFakeRuntime = async (options: FakeRuntimeOptions): Promise<FakeRuntime> => {
  const { kind, trap } = options;
  let models = [...options.models];
  const asked: string[] = [];
  const loadedByAccident: string[] = [];
  let authorization: string | undefined;

  const unload = (instance: string): boolean => {
    const found = models.find((each) => instanceOf(each) === instance);
    if (found === undefined) return false;
    if (trap === 'stopping') return true;
    models = models.filter((each) => each !== found);
    if (trap === 'ttl_duplicate') models.push({ ...found, instance: `${found.id}:2` });
    else options.onUnload?.(found);
    return true;
  };

  const lists: Readonly<Record<RuntimeKind, () => unknown>> = {
    lm_studio: () => {
      const keys = new Set([...models.map(({ id }) => id), 'on-disk-only-120b']);
      return {
        models: [...keys].map((key) => {
          const mine = models.filter(({ id }) => id === key);
          return {
            type: 'llm',
            key,
            size_bytes: mine[0]?.bytes ?? 1,
            params_string: mine[0]?.params ?? null,
            format: 'gguf',
            loaded_instances: mine.map((each) => ({ id: instanceOf(each), config: { context_length: 4096 } })),
          };
        }),
      };
    },
    ollama: () => ({
      models: models.map(({ id, bytes, params }) => ({
        name: id,
        model: id,
        size: bytes,
        size_vram: bytes,
        expires_at: '2030-01-01T00:00:00Z',
        details: { parameter_size: params },
      })),
    }),
    llama_cpp: () => ({
      object: 'list',
      data: [
        ...models.map(({ id, state = 'loaded', bytes }) => ({
          id,
          object: 'model',
          status: { value: state },
          meta: bytes === undefined ? null : { size: bytes },
        })),
        { id: 'asleep-70b', status: { value: 'sleeping' } },
        { id: 'on-disk-only-120b', status: { value: 'unloaded' } },
      ],
    }),
    llama_swap: () => ({ running: models.map(({ id, state = 'ready' }) => ({ model: id, state })) }),
    mlx_lm: () => ({ status: 'ok' }),
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '' } = request;
    asked.push(`${method} ${path}`);
    authorization = request.headers.authorization;
    const say = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const body = method === 'POST' ? await bodyOf(request) : {};
    const { pathname, searchParams } = new URL(path, 'http://fake');
    const route = `${method} ${pathname}`;
    const refuses = trap === 'refuses' && method === 'POST';
    const unloaded = (name: unknown, said: unknown): void =>
      refuses ? say(500, { error: 'no' }) : typeof name === 'string' && unload(name) ? say(200, said) : say(404, {});
    switch (`${kind} ${route}`) {
      case 'lm_studio GET /api/v1/models':
        return trap === 'wrong_path' ? say(200, { error: `Unexpected endpoint (${route})` }) : say(200, lists[kind]());
      case 'lm_studio POST /api/v1/models/unload':
        return unloaded(body.instance_id, { instance_id: body.instance_id });
      case 'ollama GET /api/ps':
      case 'llama_cpp GET /models':
      case 'llama_swap GET /running':
      case 'mlx_lm GET /health':
        return say(200, lists[kind]());
      case 'ollama POST /api/generate':
        return body.keep_alive === 0 && body.prompt === undefined
          ? unloaded(body.model, { model: body.model, response: '', done: true, done_reason: 'unload' })
          : say(400, {});
      case 'llama_cpp GET /slots': {
        const name = searchParams.get('model') ?? '';
        const found = models.find(({ id }) => id === name);
        // Whoever names a model and does not say otherwise loads it.
        if (searchParams.get('autoload') !== 'false') loadedByAccident.push(name);
        return found === undefined ? say(501, {}) : say(200, [{ id: 0, is_processing: found.isBusy === true }]);
      }
      case 'llama_cpp POST /models/unload':
        return unloaded(body.model, { success: true });
    }
    const [, swapped] = /^\/api\/models\/unload\/(.+)$/.exec(pathname) ?? [];
    if (kind === 'llama_swap' && method === 'POST' && swapped !== undefined)
      return unloaded(decodeURIComponent(swapped), 'OK');
    if (pathname.startsWith('/upstream/')) loadedByAccident.push(pathname);
    // LM Studio answers 200 wherever it has nothing.
    if (kind === 'lm_studio') say(200, { error: `Unexpected endpoint or method. (${route})` });
    else say(404, {});
  };

  const server = createServer((request, response) => void answer(request, response));
  const sockets = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    loadedByAccident,
    authorization: () => authorization,
    close: closing(server, sockets),
  };
};

export type Hostility =
  | 'hanging'
  | 'dripping'
  | 'gigabyte'
  | 'endless'
  | 'headers'
  | 'garbage'
  | 'html'
  | 'deep'
  | 'redirect'
  | 'token'
  | 'hangup';

/** What answers any request in that way. `elsewhere`: where a redirect leads. */
export const startHostileServer = async (
  how: Hostility,
  elsewhere = '',
): Promise<Omit<FakeRuntime, 'authorization'>> => {
  const sockets = new Set<{ destroy: () => void }>();
  const asked: string[] = [];
  const head = (status: string, more = ''): string => `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${more}`;
  const chunk = 'x'.repeat(65_536);
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    const flood = (text: string): void => {
      while (!socket.destroyed && socket.write(text));
    };
    socket.on('error', () => {});
    const timers: NodeJS.Timeout[] = [];
    socket.on('close', () => timers.forEach(clearInterval));
    socket.once('data', (data) => {
      asked.push(data.toString('utf8').split('\r\n')[0] ?? '');
      switch (how) {
        case 'hanging':
          return;
        case 'dripping':
          socket.write(head('200 OK', 'content-length: 100000\r\n\r\n'));
          timers.push(setInterval(() => socket.write('['), 50));
          return;
        case 'gigabyte':
          socket.write(head('200 OK', `content-length: ${2 ** 30}\r\n\r\n`));
          socket.on('drain', () => flood(chunk));
          flood(chunk);
          return;
        case 'endless': {
          const piece = `10000\r\n${chunk}\r\n`;
          socket.write(head('200 OK', 'transfer-encoding: chunked\r\n\r\n'));
          socket.on('drain', () => flood(piece));
          flood(piece);
          return;
        }
        case 'headers':
          socket.write('HTTP/1.1 200 OK\r\n');
          socket.on('drain', () => flood(`x-more: ${chunk.slice(0, 1_000)}\r\n`));
          flood(`x-more: ${chunk.slice(0, 1_000)}\r\n`);
          return;
        case 'garbage':
          socket.end(Buffer.from([0, 255, 1, 254, 13, 10, 13, 10, 128]));
          return;
        case 'html':
          socket.end(head('200 OK', 'connection: close\r\n\r\n<html><h1>It works!</h1>'));
          return;
        case 'deep':
          socket.end(head('200 OK', `connection: close\r\n\r\n${'['.repeat(1_000_000)}`));
          return;
        case 'redirect':
          socket.end(head('302 Found', `location: ${elsewhere}\r\ncontent-length: 0\r\n\r\n`));
          return;
        case 'token':
          socket.end(head('401 Unauthorized', 'content-length: 0\r\n\r\n'));
          return;
        case 'hangup':
          socket.write(head('200 OK', 'content-length: 1000\r\n\r\n{"models":['));
          socket.destroy();
          return;
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    loadedByAccident: [],
    close: closing(server, sockets),
  };
};
