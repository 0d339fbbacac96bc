import { type PushTarget, shownUrl } from '../../protocol/push.ts';
import { type AnswerHead, exchange } from '../health/exchange.ts';
import { trustedBy } from '../health/tls-files.ts';
import { remoteUrlOf } from '../http-url.ts';
import { readSecret } from '../secret-file.ts';
import { retryAfterMs } from './backoff.ts';
import { type Message, ntfyParts, webhookBody } from './message.ts';
import { idHeader, signatureHeader, signatureOf, timeHeader } from './signature.ts';

/** One attempt to send one message to one target. What is said of it names neither the path of the target nor its secret. */

export type Delivered =
  | { readonly kind: 'taken' }
  /** To be sent again; `afterMs`: not before, as the target asks. */
  | { readonly kind: 'again'; readonly detail: string; readonly afterMs: number | null }
  /** It will never be taken. */
  | { readonly kind: 'refused'; readonly detail: string };

export interface DeliverOptions {
  /** Of this process. */
  readonly ownUid: number;
  /** This machine, for whoever reads it. */
  readonly host: string;
  readonly wallMs: () => number;
  readonly withinMs?: number;
}

export type Deliver = (target: PushTarget, message: Message, signal: AbortSignal) => Promise<Delivered>;

const withinMs = 15_000;
/** Nothing of the answer but its head is used. */
const mostBytes = 4 * 1024;

const partsOf = (
  { kind }: PushTarget,
  message: Message,
  secret: string | null,
  { host, wallMs }: DeliverOptions,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } => {
  if (kind === 'ntfy') {
    const { headers, body } = ntfyParts(message, host);
    return { headers: { ...headers, ...(secret === null ? {} : { authorization: `Bearer ${secret}` }) }, body };
  }
  const body = webhookBody(message, host);
  const seconds = Math.floor(wallMs() / 1000);
  const signed = secret === null ? {} : { [signatureHeader]: signatureOf(secret, seconds, body) };
  return { headers: { [timeHeader]: String(seconds), ...signed }, body };
};

/**
 * Of 4xx those that say nothing against the message: a key or an address that can be put right (401, 403, 404, 407), a moment (408,
 * 425, 429). An alert is not given up for these.
 */
const passing: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 425, 429]);
const isLasting = (status: number): boolean => status >= 400 && status < 500 && !passing.has(status);

const shownHead = (url: string, { status }: AnswerHead): string =>
  status >= 300 && status < 400
    ? `${shownUrl(url)} answers ${status}: it has moved, and that is not followed`
    : `${shownUrl(url)} answers ${status}`;

/** Never rejects. */
export const createDeliver =
  (options: DeliverOptions): Deliver =>
  async (target, message, signal) => {
    const { url, secretFile, ca } = target;
    const read = secretFile === null ? null : await readSecret(secretFile, options.ownUid);
    // The file may be put right.
    if (read?.ok === false) return { kind: 'again', detail: `nothing was sent: ${read.detail}`, afterMs: null };
    const { headers, body } = partsOf(target, message, read?.secret ?? null, options);
    let head: AnswerHead | null = null;
    const limitMs = options.withinMs ?? withinMs;
    const sent = await exchange({
      url,
      urlOf: remoteUrlOf,
      headers: { [idHeader]: message.id, ...headers },
      post: body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
      withinMs: limitMs,
      secured: () => trustedBy(ca),
      mostBytes,
      onHead: (seen) => {
        head = seen;
        return true;
      },
      take: () => null,
    });
    if (!sent.ok) return { kind: 'again', detail: sent.detail, afterMs: null };
    return judged(url, head, options.wallMs());
  };

const judged = (url: string, head: AnswerHead | null, wallMs: number): Delivered => {
  if (head === null) return { kind: 'again', detail: `${shownUrl(url)} does not answer`, afterMs: null };
  if (head.status >= 200 && head.status < 300) return { kind: 'taken' };
  const detail = shownHead(url, head);
  if (isLasting(head.status)) return { kind: 'refused', detail };
  return { kind: 'again', detail, afterMs: retryAfterMs(head.retryAfter, wallMs) };
};
