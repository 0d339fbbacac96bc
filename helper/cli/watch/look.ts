import * as z from 'zod/mini';
import { askChat } from '../../gateway/health/chat.ts';
import { type AnswerHead, type Exchanged, exchange } from '../../gateway/health/exchange.ts';
import { trustedBy } from '../../gateway/health/tls-files.ts';
import { remoteUrlOf } from '../../gateway/http-url.ts';
import { parseJson } from '../../protocol/json.ts';
import { shortened } from '../../protocol/shortened.ts';

/** One look at a machine from outside: whether its gateway answers, how old its keeper's last word is, and whether a seat works. */

/** What one channel says; null: it was not asked, or could not be told. */
export type Finding = { readonly ok: boolean; readonly detail: string } | null;

export interface Look {
  /** Of a refusal (`isRefused`) the token is wrong, and nothing of the machine. */
  readonly reach: { readonly ok: boolean; readonly detail: string; readonly isRefused: boolean };
  readonly heartbeat: Finding;
  /** What the keeper itself has found out about seats by asking them to work; null: nothing, or nobody could be asked. */
  readonly seats: Finding;
}

export interface Watched {
  /** Of a gateway, without a slash at its end. */
  readonly url: string;
  /** Null: none is sent. */
  readonly token: string | null;
  readonly ca: string | null;
  readonly staleSeconds: number;
}

export interface ChatAsked {
  readonly url: string;
  readonly model: string | null;
  readonly token: string | null;
  readonly ca: string | null;
}

const lookMs = 10_000;
const chatMs = 60_000;
const mostBytes = 2 ** 20;
/** Nobody interrupts. */
const endless = new AbortController().signal;

/** What of it is needed here; a later gateway may say more. */
const healthSchema = z.looseObject({
  keeper: z.enum(['present', 'missing']),
  viewAgeSeconds: z.nullable(z.number()),
});
const statusSchema = z.looseObject({
  seats: z.array(
    z.looseObject({ name: z.string(), health: z.nullish(z.looseObject({ verdict: z.nullable(z.string()) })) }),
  ),
});

/** Beyond the gateway itself, which says 502 never: a tunnel, or the proxy of Tailscale, that finds nobody behind it. */
const isProxys = (status: number): boolean => status === 502;
const proxyWords = 'a proxy is there (Tailscale’s says so, too) and nobody behind it answers';

interface Fetched {
  readonly got: Exchanged;
  readonly status: number | null;
  readonly value: unknown;
}

const bearer = (token: string | null): Readonly<Record<string, string>> =>
  token === null ? {} : { authorization: `Bearer ${token}` };

const fetched = async (
  { url, token, ca }: Watched,
  path: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<Fetched> => {
  let text = '';
  let status: number | null = null;
  const got = await exchange({
    url: `${url}${path}`,
    urlOf: remoteUrlOf,
    headers: bearer(token),
    post: null,
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    withinMs: limitMs,
    secured: () => trustedBy(ca),
    mostBytes,
    onHead: (head: AnswerHead) => {
      status = head.status;
      return false;
    },
    take: (piece) => {
      text += piece;
      return null;
    },
  });
  const parsed = got.ok ? parseJson(Buffer.from(text)) : null;
  return { got, status, value: parsed?.ok === true ? parsed.value : null };
};

const unreached = ({ got, status }: Fetched): Look => {
  const said = got.ok ? '' : got.detail;
  const isRefused = status === 401 || status === 403;
  const detail = isRefused
    ? `${said}: the token is not right, or the Host that is asked for is not one of api.extra_listen`
    : status !== null && isProxys(status)
      ? `${said}: ${proxyWords}`
      : said;
  return { reach: { ok: false, detail, isRefused }, heartbeat: null, seats: null };
};

const ageText = (seconds: number | null): string =>
  seconds === null ? 'it has said nothing yet' : `it last said something ${Math.round(seconds)} s ago`;

/** Verdicts of the keeper that say that a seat does no work. What is frozen was frozen on purpose. */
const dead: ReadonlySet<string> = new Set(['zombie', 'hollow', 'unreachable', 'config_error']);
const alive: ReadonlySet<string> = new Set(['healthy', 'busy', 'doomed']);

/** Names are whatever the other machine says: one too long for a message would keep it from being sent. */
const mostCharacters = 64;
const mostNamed = 8;
const cut = (name: string): string => shortened(name, mostCharacters).toWellFormed();
const listed = (names: readonly string[]): string =>
  names.length > mostNamed
    ? `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`
    : names.join(', ');

const seatsIn = (value: unknown): Finding => {
  const read = statusSchema.safeParse(value);
  if (!read.success) return null;
  const verdicts = read.data.seats.map(({ name, health }) => ({ name, verdict: health?.verdict ?? '' }));
  const bad = verdicts.filter(({ verdict }) => dead.has(verdict));
  if (bad.length > 0)
    return { ok: false, detail: listed(bad.map(({ name, verdict }) => `${cut(name)} is ${verdict}`)) };
  const good = verdicts.filter(({ verdict }) => alive.has(verdict));
  return good.length === 0 ? null : { ok: true, detail: listed(good.map(({ name }) => cut(name))) };
};

/** Never rejects; `signal` ends it. The age is the one the gateway tells, so that the clocks of two machines do not matter. */
export const look = async (watched: Watched, limitMs = lookMs, signal = endless): Promise<Look> => {
  const health = await fetched(watched, '/healthz', limitMs, signal);
  if (!health.got.ok) return unreached(health);
  const read = healthSchema.safeParse(health.value);
  if (!read.success)
    return {
      reach: { ok: false, detail: `${watched.url} answers, and is no gateway of Castellan’s`, isRefused: false },
      heartbeat: null,
      seats: null,
    };
  const reach = { ok: true, detail: '', isRefused: false };
  const { keeper, viewAgeSeconds } = read.data;
  if (viewAgeSeconds === null || viewAgeSeconds > watched.staleSeconds) {
    const detail = `the gateway answers and the keeper does not: ${ageText(viewAgeSeconds)}`;
    return { reach, heartbeat: { ok: false, detail }, seats: null };
  }
  // The gateway calls a keeper missing after 5 s. One that is started again, or slow, is given the time that was named here.
  if (keeper === 'missing') return { reach, heartbeat: null, seats: null };
  const status = await fetched(watched, '/status', limitMs, signal);
  // Between two questions the keeper may have gone: the next look tells.
  const heartbeat = status.got.ok ? { ok: true, detail: '' } : { ok: false, detail: status.got.detail };
  return { reach, heartbeat, seats: seatsIn(status.value) };
};

/** Never rejects; `signal` ends it. */
export const chat = async (
  { url, model, token, ca }: ChatAsked,
  limitMs = chatMs,
  signal = endless,
): Promise<NonNullable<Finding>> => {
  let status = 0;
  const said = await askChat(
    {
      url,
      urlOf: remoteUrlOf,
      headers: bearer(token),
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
      withinMs: limitMs,
      secured: () => trustedBy(ca),
      onHead: (head) => {
        status = head.status;
        return false;
      },
    },
    model,
  );
  if (said.ok) return { ok: true, detail: `${said.model} answers in ${(said.ms / 1000).toFixed(1)} s` };
  return { ok: false, detail: isProxys(status) ? `${said.detail}: ${proxyWords}` : said.detail };
};
