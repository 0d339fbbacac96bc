import { parseArgs } from 'node:util';

export interface CampaignOptions {
  readonly runs: number;
  readonly seed: number;
  /** Runs at a time. */
  readonly lanes: number;
  /** Factor on the deadman's times, where processes are killed. Those of a wedge are a tenth at most. */
  readonly scale: number;
  /** This one of `lanes`; null: the whole campaign. */
  readonly lane: number | null;
}

export const usage = `npm run campaign kill-points -- [--runs N] [--seed S] [--lanes N] [--scale F]

  --runs N    how many (default 50)
  --seed S    of the first run (default: a random one); --runs 1 --seed S repeats the run with that seed
  --lanes N   runs at a time (default 6)
  --scale F   factor on the deadman's times, 0.05 to 1 (default 1); where it hangs, at most 0.1`;

const most32 = 2 ** 32 - 1;

const numberIn = (name: string, text: string, least: number, most: number, whole = true): number | string => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    return `--${name} is a number from ${least} to ${most}, not "${text}"`;
  return value;
};

/** A string says what is wrong with them. */
export const parseOptions = (argv: readonly string[]): CampaignOptions | string => {
  let values: Readonly<Record<'runs' | 'seed' | 'lanes' | 'scale' | 'lane', string | undefined>>;
  try {
    const text = { type: 'string' } as const;
    const parsed = parseArgs({
      args: [...argv],
      options: { runs: text, seed: text, lanes: text, scale: text, lane: text },
    });
    values = {
      runs: undefined,
      seed: undefined,
      lanes: undefined,
      scale: undefined,
      lane: undefined,
      ...parsed.values,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const runs = numberIn('runs', values.runs ?? '50', 1, 1e6);
  const seed = numberIn('seed', values.seed ?? String(Math.floor(Math.random() * most32)), 0, most32);
  const lanes = numberIn('lanes', values.lanes ?? '6', 1, 64);
  const scale = numberIn('scale', values.scale ?? '1', 0.05, 1, false);
  const lane = values.lane === undefined ? null : numberIn('lane', values.lane, 0, 63);
  for (const each of [runs, seed, lanes, scale, lane]) if (typeof each === 'string') return each;
  return { runs, seed, lanes, scale, lane } as CampaignOptions;
};

/** What repeats this one run. */
export const replayCommand = (seed: number, scale: number): string =>
  `npm run campaign -- kill-points --runs 1 --seed ${seed} --scale ${scale}`;
