import { plainLine, plainText } from '../../advice/plain-text.ts';
import { type Question, questionBody } from '../../advice/question.ts';
import { adviceCharacters, nameOfAdvisorCharacters } from '../../protocol/advice.ts';
import { parseJson } from '../../protocol/json.ts';
import type { GatewayView } from '../../protocol/seats.ts';
import { exchange, saidOf } from '../health/exchange.ts';
import { trustedBy } from '../health/tls-files.ts';
import { remoteUrlOf } from '../http-url.ts';
import { member } from '../json-member.ts';
import { readSecret } from '../secret-file.ts';

/** One question to the advisor, from castellan.toml's words for it to text that can be shown, or to why there is none. */

export type Advisor = NonNullable<GatewayView['advisor']>;

export type Advised =
  | { readonly ok: true; readonly from: string; readonly model: string; readonly text: string }
  /** One line, without anything of the key or of the answer. */
  | { readonly ok: false; readonly detail: string };

/** Far more than what is shown of it, and with what servers say besides. */
const mostAnswerBytes = 64 * 1024;

/** The words of an answer, however they are wrapped; null: there are none. */
const wordsIn = (answer: unknown): string | null => {
  const choices = member(answer, 'choices');
  const content = member(member(Array.isArray(choices) ? choices[0] : null, 'message'), 'content');
  const parts = Array.isArray(content) ? content.map((part) => member(part, 'text')) : [content];
  const text = plainText(parts.filter((part) => typeof part === 'string').join('\n'), adviceCharacters);
  return text === '' ? null : text;
};

/** Never rejects. */
export const askAdvisor = async (
  advisor: Advisor,
  question: Question,
  { ownUid, signal }: { readonly ownUid: number; readonly signal: AbortSignal },
): Promise<Advised> => {
  const no = (detail: string): Advised => ({ ok: false, detail: plainLine(detail, 256) });
  const key = advisor.keyFile === null ? null : await readSecret(advisor.keyFile, ownUid);
  if (key?.ok === false) return no(`It was not asked: ${key.detail}.`);
  let body = '';
  const asked = {
    url: advisor.url,
    urlOf: remoteUrlOf,
    headers: key === null ? {} : { authorization: `Bearer ${key.secret}` },
    post: questionBody(question),
    signal: AbortSignal.any([signal, AbortSignal.timeout(advisor.withinSeconds * 1000)]),
    withinMs: advisor.withinSeconds * 1000,
    secured: () => trustedBy(advisor.caFile),
    mostBytes: mostAnswerBytes,
    take: (piece: string): null => {
      body += piece;
      return null;
    },
  };
  const got = await exchange(asked);
  if (!got.ok) return no(`${got.detail}.`);
  const parsed = parseJson(Buffer.from(body));
  if (!parsed.ok) return no(`${saidOf(asked, 'does not answer in JSON')}.`);
  const text = wordsIn(parsed.value);
  if (text === null) return no(`${saidOf(asked, 'answers without a word')}.`);
  const named = member(parsed.value, 'model');
  const model = typeof named === 'string' && named !== '' ? named : advisor.model;
  return {
    ok: true,
    from: plainLine(new URL(advisor.url).host, nameOfAdvisorCharacters),
    model: plainLine(model, nameOfAdvisorCharacters),
    text,
  };
};
