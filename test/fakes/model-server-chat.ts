import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelServerOptions } from './model-server-options.ts';

/** The n-th token of every answer. */
export const tokenAt = (n: number): string => `t${n} `;

/** What the answers of a model server have in common, and what is counted. */
export interface ChatCounts {
  /** Requests for a completion. */
  completions: number;
  /** Tokens handed to the socket. */
  tokens: number;
  /** Answers whose client was gone before their end. */
  cut: number;
}

type Kind = 'chat' | 'text';

interface Asked {
  readonly streams: boolean;
  readonly tokens: number;
  readonly wantsUsage: boolean;
}

export const answerJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** As the OpenAI API words its errors. */
export const answerError = (response: ServerResponse, status: number, message: string, type: string): void =>
  answerJson(response, status, { error: { message, type, param: null, code: status } });

const asObject = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;

const askedOf = (body: unknown, kind: Kind, options: ModelServerOptions): Asked | string => {
  const request = asObject(body);
  if (request === null) return 'The body is a JSON object.';
  if (kind === 'chat' && !Array.isArray(request.messages)) return 'Missing required parameter: messages.';
  const most = request.max_tokens ?? request.max_completion_tokens;
  return {
    streams: request.stream === true,
    tokens: typeof most === 'number' && most > 0 ? Math.min(most, 1e6) : options.tokens,
    wantsUsage: asObject(request.stream_options)?.include_usage === true,
  };
};

const usageOf = (tokens: number) => ({ prompt_tokens: 1, completion_tokens: tokens, total_tokens: tokens + 1 });

/** One token per `tokenMs`, the first after `firstMs`. */
async function* tokensOf(count: number, { firstMs, tokenMs }: ModelServerOptions): AsyncGenerator<string> {
  if (firstMs > 0) await sleep(firstMs);
  for (let n = 0; n < count; n += 1) {
    if (n > 0 && tokenMs > 0) await sleep(tokenMs);
    yield tokenAt(n);
  }
}

const createAnswer = (kind: Kind, id: string, options: ModelServerOptions) => {
  const object = kind === 'chat' ? 'chat.completion' : 'text_completion';
  const head = { id, created: Math.floor(Date.now() / 1000), model: options.model };
  const chunkObject = kind === 'chat' ? 'chat.completion.chunk' : object;
  const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
  const part = (content: string | null, first: boolean) => {
    if (kind === 'text') return { index: 0, text: content ?? '', finish_reason: content === null ? 'stop' : null };
    const delta = content === null ? {} : first ? { role: 'assistant', content } : { content };
    return { index: 0, delta, finish_reason: content === null ? 'stop' : null };
  };
  return {
    whole: (content: string, tokens: number): unknown => ({
      ...head,
      object,
      choices: [
        kind === 'chat'
          ? { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }
          : { index: 0, text: content, finish_reason: 'stop' },
      ],
      usage: usageOf(tokens),
    }),
    async *events(asked: Asked, counts: ChatCounts): AsyncGenerator<string> {
      let first = true;
      for await (const token of tokensOf(asked.tokens, options)) {
        yield event({ ...head, object: chunkObject, choices: [part(token, first)] });
        counts.tokens += 1;
        first = false;
      }
      yield event({ ...head, object: chunkObject, choices: [part(null, false)] });
      if (asked.wantsUsage) yield event({ ...head, object: chunkObject, choices: [], usage: usageOf(asked.tokens) });
      yield 'data: [DONE]\n\n';
    },
  };
};

/** `/v1/chat/completions` and `/v1/completions`: tokens `t0 t1 …`, all at once or one event each. */
export const createCompletions = (options: ModelServerOptions, counts: ChatCounts) => {
  let nextId = 0;
  return async (kind: Kind, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: unknown = await json(request).catch(() => undefined);
    const asked = askedOf(body, kind, options);
    if (typeof asked === 'string') return answerError(response, 400, asked, 'invalid_request_error');
    counts.completions += 1;
    nextId += 1;
    const answer = createAnswer(kind, `chatcmpl-${nextId}`, options);
    try {
      if (asked.streams) {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
        response.flushHeaders();
        await pipeline(Readable.from(answer.events(asked, counts), { highWaterMark: 1 }), response);
        return;
      }
      let content = '';
      for await (const token of tokensOf(asked.tokens, options)) {
        if (response.destroyed) throw new Error('the client is gone');
        content += token;
        counts.tokens += 1;
      }
      answerJson(response, 200, answer.whole(content, asked.tokens));
    } catch {
      counts.cut += 1;
      response.destroy();
    }
  };
};
