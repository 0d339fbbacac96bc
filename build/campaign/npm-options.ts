/**
 * `npm run campaign kill-points --runs 50 --seed 7`, without the `--` that npm wants: npm takes the names for its own. It tells
 * them in the environment (`--runs=50` with the value; `--runs 50` as `true`) and passes the words that are left on, here
 * `50 7`, which stand for the names in this order (npm 11, `npm help config`).
 */
const names = ['runs', 'seed', 'lanes', 'scale'] as const;

export const withNpmOptions = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] => {
  const words = args.filter((word) => !word.startsWith('-'));
  const isWhole = words.length < args.length;
  // With `--` they come as they were written.
  if (isWhole) return args;
  const told = (name: string): string | undefined => {
    const value = env[`npm_config_${name}`];
    return value === 'true' ? words.shift() : value;
  };
  const options = names.flatMap((name) => {
    const value = told(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  return [...options, ...words];
};
