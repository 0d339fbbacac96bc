import { hostname } from 'node:os';
import { isInTheClear } from '../../config/fields-remote.ts';
import { remoteUrlOf } from '../../gateway/http-url.ts';
import { readSecret } from '../../gateway/secret-file.ts';
import { type PushTarget, pushKinds } from '../../protocol/push.ts';
import { flag, type Io, type Option, type Parsed, text } from '../command.ts';
import type { ChatAsked, Watched } from './look.ts';

/** What was typed after `castellan watch`. Secrets come from files or the environment: an argument can be read by everybody. */

const tokenVariable = 'CASTELLAN_TOKEN';

export const watchOptions: Readonly<Record<string, Option>> = {
  'token-file': { type: 'string', value: 'FILE', help: `file with the token; else ${tokenVariable} is taken` },
  chat: { type: 'string', value: 'URL', help: 'chat endpoint of a seat, asked for one word' },
  model: { type: 'string', value: 'NAME', help: 'the model that is asked for, and must answer' },
  'chat-token-file': { type: 'string', value: 'FILE', help: 'file with the key of the chat endpoint' },
  ca: { type: 'string', value: 'FILE', help: 'certificate of who signed the servers’, PEM' },
  every: { type: 'string', value: 'SECONDS', help: 'between two looks (default 30)' },
  'chat-every': { type: 'string', value: 'SECONDS', help: 'between two chats (default 600)' },
  stale: { type: 'string', value: 'SECONDS', help: 'the keeper may be silent for so long (default 30)' },
  strikes: { type: 'string', value: 'N', help: 'failures in a row until it is believed (default 3)' },
  remind: { type: 'string', value: 'MINUTES', help: 'say again what is not well (default 60; 0: never)' },
  once: { type: 'boolean', help: 'look once, and say it by the exit code' },
  json: { type: 'boolean', help: 'one JSON object a line' },
  push: { type: 'string', value: 'URL', help: 'send each change there' },
  'push-kind': { type: 'string', value: 'KIND', help: 'webhook (default) or ntfy' },
  'push-secret-file': { type: 'string', value: 'FILE', help: 'file with the key that signs, or the token of ntfy' },
};

export interface WatchOptions {
  readonly watched: Watched;
  readonly chat: ChatAsked | null;
  readonly everyMs: number;
  readonly chatEveryMs: number;
  readonly strikes: number;
  /** 0: never. */
  readonly remindMs: number;
  readonly isOnce: boolean;
  readonly isJson: boolean;
  readonly push: PushTarget | null;
  /** This machine, for whoever reads what is sent. */
  readonly host: string;
}

export type ReadOptions =
  | { readonly ok: true; readonly options: WatchOptions }
  | { readonly ok: false; readonly message: string };

/** What is wrong, in words for who typed it. */
class WrongOption extends Error {}

const numberIn = (parsed: Parsed, name: string, usual: number, least: number, most: number): number => {
  const typed = text(parsed, name);
  if (typed === null) return usual;
  const value = Number(typed);
  if (!/^\d+(\.\d+)?$/.test(typed) || value < least || value > most)
    throw new WrongOption(`--${name} takes a number from ${least} to ${most}, not "${typed}"`);
  return value;
};

const urlIn = (what: string, typed: string): string => {
  if (remoteUrlOf(typed) === null) throw new WrongOption(`${what} takes an http or https URL without a password in it`);
  return typed;
};

/** Paths are put behind it. */
const gatewayIn = (typed: string): string => {
  const url = urlIn('URL', typed);
  if (/[?#]/.test(url)) throw new WrongOption('URL takes the address of a gateway, with nothing behind a ? or a #');
  return url.replace(/\/+$/, '');
};

const secretIn = async (parsed: Parsed, name: string, { uid }: Io): Promise<string | null> => {
  const path = text(parsed, name);
  if (path === null) return null;
  const read = await readSecret(path, uid);
  if (!read.ok) throw new WrongOption(`--${name}: ${read.detail}`);
  return read.secret;
};

const pushIn = (parsed: Parsed): PushTarget | null => {
  const typed = text(parsed, 'push');
  if (typed === null) return null;
  const kind = pushKinds.find((each) => each === (text(parsed, 'push-kind') ?? 'webhook'));
  if (kind === undefined) throw new WrongOption('--push-kind takes webhook or ntfy');
  const secretFile = text(parsed, 'push-secret-file');
  const url = urlIn('--push', typed);
  if (kind === 'ntfy' && secretFile !== null && isInTheClear(url))
    throw new WrongOption(
      '--push-secret-file: the token would go over the network for everybody to read; use https://',
    );
  return { name: 'watch', kind, url, level: 'notice', secretFile, ca: text(parsed, 'ca') };
};

const read = async (parsed: Parsed, io: Io): Promise<WatchOptions> => {
  const url = gatewayIn(parsed.positionals[0] ?? '');
  const ca = text(parsed, 'ca');
  const chatUrl = text(parsed, 'chat');
  const chatToken = await secretIn(parsed, 'chat-token-file', io);
  const token = (await secretIn(parsed, 'token-file', io)) ?? (io.env[tokenVariable]?.trim() || null);
  return {
    watched: { url, token, ca, staleSeconds: numberIn(parsed, 'stale', 30, 5, 86_400) },
    chat:
      chatUrl === null ? null : { url: urlIn('--chat', chatUrl), model: text(parsed, 'model'), token: chatToken, ca },
    everyMs: 1000 * numberIn(parsed, 'every', 30, 1, 86_400),
    chatEveryMs: 1000 * numberIn(parsed, 'chat-every', 600, 1, 86_400),
    strikes: Math.round(numberIn(parsed, 'strikes', 3, 1, 100)),
    remindMs: 60_000 * numberIn(parsed, 'remind', 60, 0, 10_080),
    isOnce: flag(parsed, 'once'),
    isJson: flag(parsed, 'json'),
    push: pushIn(parsed),
    host: hostname(),
  };
};

export const readWatchOptions = async (parsed: Parsed, io: Io): Promise<ReadOptions> => {
  try {
    return { ok: true, options: await read(parsed, io) };
  } catch (fault) {
    if (!(fault instanceof WrongOption)) throw fault;
    return { ok: false, message: fault.message };
  }
};
