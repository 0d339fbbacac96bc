import type { RunPlan } from './plan.ts';
import { deadmanPoints, keeperPoints } from './points.ts';
import type { RunResult } from './run.ts';

/** What a campaign found, as Markdown tables. */

const pointOf = ({ place }: RunPlan): string => {
  switch (place.at) {
    case 'time':
      return 'random moment';
    case 'keeper':
      return `${keeperPoints[place.point]}, keeper`;
    case 'deadman':
      return `${deadmanPoints[place.point]}, deadman`;
  }
};

/** Of an even number the upper one of the two in the middle. */
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const both = (values: readonly number[]): string =>
  values.length === 0 ? '–' : `${median(values).toFixed(0)} / ${Math.max(...values).toFixed(0)}`;

const numbers = (results: readonly RunResult[], name: 'firstMs' | 'lastMs'): readonly number[] =>
  results.flatMap(({ figures }) => figures[name] ?? []);

const sum = (results: readonly RunResult[], of: (result: RunResult) => number): number =>
  results.reduce((total, result) => total + of(result), 0);

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

const groups = (
  results: readonly RunResult[],
  key: (plan: RunPlan) => string,
): ReadonlyMap<string, readonly RunResult[]> => Map.groupBy(results, ({ plan }) => key(plan));

/** Where it was struck. `passed by`: the point was not reached, so it was struck elsewhere. */
const pointTable = (results: readonly RunResult[]): readonly string[] => {
  const names = [
    ...Object.values(keeperPoints).map((name) => `${name}, keeper`),
    ...Object.values(deadmanPoints).map((name) => `${name}, deadman`),
    'random moment',
  ];
  const found = groups(results, pointOf);
  const rows = [...new Set(names)].flatMap((name) => {
    const of = found.get(name);
    if (of === undefined) return [];
    const { keeper, deadman, nextKeeper, nextDeadman } = {
      keeper: sum(of, ({ figures }) => figures.by.keeper),
      deadman: sum(of, ({ figures }) => figures.by.deadman),
      nextKeeper: sum(of, ({ figures }) => figures.by.nextKeeper),
      nextDeadman: sum(of, ({ figures }) => figures.by.nextDeadman),
    };
    const failed = of.filter(({ problems }) => problems.length > 0).length;
    const late = of.filter(({ reached }) => !reached).length;
    const frozen = sum(of, ({ figures }) => figures.frozen);
    return [[name, of.length, late, frozen, deadman, nextDeadman, keeper, nextKeeper, failed].map(String)];
  });
  return markdown(
    [
      'point',
      'runs',
      'not reached',
      'frozen then',
      'by the deadman',
      'the next deadman',
      'the keeper',
      'the next keeper',
      'failed',
    ],
    rows,
  );
};

const blowOf = ({ struck, how, trigger, deadmanBackMs, keeperBackMs, again }: RunPlan): string => {
  const who = trigger.endsWith('_returns') ? 'both, and the next one' : struck;
  const verb = how === 'wedge' ? 'stopped (times × 0.1)' : 'killed';
  const back =
    how === 'wedge' || who === 'keeper'
      ? ''
      : deadmanBackMs === null
        ? ', no deadman after that'
        : keeperBackMs === null
          ? ', no keeper after that'
          : '';
  const second = again === null ? '' : ', its resumer killed in turn';
  return `${who} ${verb}${back}${second}`;
};

const blowTable = (results: readonly RunResult[]): readonly string[] => {
  const rows = [...groups(results, blowOf)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, of]) => [
      name,
      String(of.length),
      String(numbers(of, 'firstMs').length),
      both(numbers(of, 'firstMs')),
      both(numbers(of, 'lastMs')),
    ]);
  return markdown(
    ['blow', 'runs', 'with something to resume', 'first, ms: median / worst', 'last, ms: median / worst'],
    rows,
  );
};

export const tablesOf = (results: readonly RunResult[]): readonly string[] => [
  ...pointTable(results),
  '',
  ...blowTable(results),
];
