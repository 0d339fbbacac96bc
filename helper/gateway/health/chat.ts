import { parseJson } from '../../protocol/json.ts';
import { member } from '../json-member.ts';
import { type Fault, shownName } from './detail.ts';
import { type AnswerFault, type Exchange, exchange, saidOf } from './exchange.ts';
import { isSameModel } from './model-names.ts';

/** A chat of one word, which shows that a seat does its work. */

export type Chatted =
  | { readonly ok: true; readonly ms: number; readonly model: string }
  | ({ readonly ok: false } & AnswerFault);

/** Far more than a few tokens and what is said with them. */
const mostChatBytes = 64 * 1024;
/** Enough for a word; a model that thinks first has said something by then, too. */
const mostTokens = 16;

const bodyOf = (model: string | null): string =>
  JSON.stringify({
    ...(model === null ? {} : { model }),
    messages: [{ role: 'user', content: 'Say OK.' }],
    max_tokens: mostTokens,
    temperature: 0,
    stream: false,
  });

/** What was thought and not said is kept under names of their own by the servers that tell. */
const wordKeys = ['content', 'reasoning_content', 'reasoning', 'thinking'] as const;

const isWord = (value: unknown): boolean =>
  (typeof value === 'string' && value.trim() !== '') ||
  (Array.isArray(value) && value.some((part) => isWord(member(part, 'text'))));

const faultIn = (answer: unknown, asked: string | null): Fault | null => {
  const choices = member(answer, 'choices');
  if (!Array.isArray(choices)) return { code: 'bad_answer', detail: 'answers, and not with a chat' };
  const message = member(choices[0], 'message');
  if (!wordKeys.some((key) => isWord(member(message, key))))
    return { code: 'empty_answer', detail: 'answers without a word' };
  const model = member(answer, 'model');
  if (typeof model !== 'string' || model === '')
    return { code: 'bad_answer', detail: 'does not say which model has answered' };
  return asked === null || isSameModel(asked, model)
    ? null
    : { code: 'wrong_model', detail: `answers as ${shownName(model)}, and ${shownName(asked)} was asked for` };
};

/** @param model null: whichever the server has */
export const askChat = async (
  asked: Omit<Exchange, 'post' | 'mostBytes' | 'take'>,
  model: string | null,
): Promise<Chatted> => {
  let text = '';
  const take = (piece: string): null => {
    text += piece;
    return null;
  };
  const got = await exchange({ ...asked, post: bodyOf(model), mostBytes: mostChatBytes, take });
  if (!got.ok) return got;
  const { ms } = got;
  const parsed = parseJson(Buffer.from(text));
  const fault = parsed.ok
    ? faultIn(parsed.value, model)
    : ({ code: 'bad_answer', detail: 'does not answer in JSON' } as const);
  if (fault !== null) return { ok: false, code: fault.code, detail: saidOf(asked, fault.detail), ms };
  return { ok: true, ms, model: String(member(parsed.ok ? parsed.value : null, 'model')) };
};
