import { parseArgs } from 'node:util';

export interface HttpOptions {
  /** Fuzzed requests. */
  readonly runs: number;
  readonly seed: number;
  /** Connections at a time. */
  readonly lanes: number;
}

export const usage = `npm run campaign http -- [--runs N] [--seed S] [--lanes N]

  --runs N    fuzzed requests, after one of each attack that has a name (default 100,000)
  --seed S    of the first (default: a random one); --runs 1 --seed S repeats the request with that seed
  --lanes N   connections at a time (default 16)`;

const numberIn = (name: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new Error(`--${name} is a whole number from ${least} to ${most}, not "${text}"`);
  return value;
};

const most32 = 2 ** 32 - 1;

/** Throws what is wrong with them, for who typed them. */
export const parseHttpOptions = (argv: readonly string[]): HttpOptions => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...argv], options: { runs: text, seed: text, lanes: text } });
  return {
    runs: numberIn('runs', values.runs ?? '100000', 0, 1e8),
    seed: numberIn('seed', values.seed ?? String(Math.floor(Math.random() * most32)), 0, most32),
    lanes: numberIn('lanes', values.lanes ?? '16', 1, 128),
  };
};
