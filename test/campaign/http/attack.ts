import type { ExchangeOptions } from './exchange.ts';
import type { Expectation } from './judge.ts';

/** One attack: bytes, and what may come of them. */
export interface Attack {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expected: Expectation;
  /** Most answers there may be. */
  readonly most?: number;
  readonly options?: ExchangeOptions;
}

/** Text is what goes over the wire, a letter a byte. */
export const attack = (
  name: string,
  text: string | Buffer,
  expected: Expectation = 'refused',
  more: Pick<Attack, 'most' | 'options'> = {},
): Attack => ({
  name,
  bytes: typeof text === 'string' ? Buffer.from(text, 'latin1') : text,
  expected,
  ...more,
});
