import { type AnswerFault, type Exchange, exchange, saidOf } from './exchange.ts';
import { createJsonScan, type Place } from './json-scan.ts';

/** A list of models, as OpenAI (`data`), LM Studio and ollama (`models`) give it. Only its first name is kept, however long it is. */

export type Listed =
  | { readonly ok: true; readonly ms: number; readonly first: string }
  | ({ readonly ok: false } & AnswerFault);

/** Some hundreds of models with all that is known of them. */
const mostListBytes = 512 * 1024;

/** What an entry is called, best first. */
const nameKeys = ['id', 'key', 'model', 'name'] as const;

/** Where the first name may stand, best first. */
const places: readonly string[] = ['data', 'models'].flatMap((list) => [
  ...nameKeys.map((key) => `${list} 0 ${key}`),
  `${list} 0`,
]);

export const askList = async (asked: Omit<Exchange, 'post' | 'mostBytes' | 'take'>): Promise<Listed> => {
  const names = new Map<string, string>();
  let hasList = false;
  const scan = createJsonScan({
    onArray: (place: Place) => {
      hasList ||= place.length === 1 && (place[0] === 'data' || place[0] === 'models');
    },
    onString: (place, value) => {
      const at = place.join(' ');
      if (place.length <= 3 && places.includes(at) && value.trim() !== '') names.set(at, value);
    },
  });
  const take = (text: string): string | null => (scan.take(text) ? null : 'does not answer in JSON');
  const got = await exchange({ ...asked, post: null, mostBytes: mostListBytes, take });
  if (!got.ok) return got;
  const no = (detail: string): Listed => ({
    ok: false,
    code: 'bad_answer',
    detail: saidOf(asked, detail),
    ms: got.ms,
  });
  if (!scan.isWhole()) return no('does not answer in JSON');
  if (!hasList) return no('answers, and not with a list of models');
  const first = places.map((at) => names.get(at)).find((name) => name !== undefined);
  return first === undefined ? no('lists no model') : { ok: true, ms: got.ms, first };
};
