import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placesIn } from '../../helper/deadman/places.ts';
import { isAlertKind } from '../../helper/journal/alert-kinds.ts';
import { stateOf } from './children.ts';
import type { RunRecord } from './record.ts';

/** What has to hold after every run, one sentence for each thing that does not. */

const linesOf = (path: string): readonly string[] => {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
};

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/** Nothing of ours is stopped, and no tombstone is left. Empty: so it is. */
export const leftOver = ({ runDirectory, targets, reused }: Pick<RunRecord, 'runDirectory' | 'targets' | 'reused'>) => {
  const places = placesIn(runDirectory);
  return [
    ...targets.filter((pid) => pid !== reused?.pid && stateOf(pid) === 'stopped').map((pid) => `pid ${pid} is stopped`),
    ...namesIn(places.stopped).map((name) => `stopped/${name} is left`),
    ...namesIn(places.resuming).map((name) => `resuming/${name} is left`),
  ];
};

const strangers = ({ targets, reused, bystanders }: RunRecord): readonly string[] => {
  const problems: string[] = [];
  for (const pid of targets)
    if (pid !== reused?.pid && stateOf(pid) === 'gone') problems.push(`pid ${pid} was ended by somebody`);
  if (stateOf(bystanders.runs) !== 'running') problems.push('a bystander does not run any more');
  if (stateOf(bystanders.stopped) !== 'stopped') problems.push('a bystander that its user stopped was resumed');
  if (reused !== null && stateOf(reused.pid) !== 'stopped')
    problems.push(`pid ${reused.pid} belongs to somebody else, and he was resumed`);
  return problems;
};

const signals = ({ told, targets, reused, all }: RunRecord): readonly string[] => {
  const ours = new Set(targets.map(String));
  const keepers = new Set(all.filter(({ party }) => party === 'keeper').map(({ pid }) => String(pid)));
  return told.flatMap(({ verb, rest, atMs, by }) => {
    const who = `${by.party} ${by.generation}`;
    if (verb === 'kill' && !keepers.has(rest)) return [`${who} killed pid ${rest}`];
    if (verb !== 'stop' && verb !== 'cont') return [];
    if (!ours.has(rest)) return [`${who} sent ${verb} to pid ${rest}, which is nobody of ours`];
    return reused !== null && rest === String(reused.pid) && atMs > reused.atMs
      ? [`${who} sent ${verb} to pid ${rest} when it belonged to somebody else`]
      : [];
  });
};

interface Row {
  readonly kind: string;
  readonly instance: string;
  readonly plan?: number;
  readonly pids?: readonly number[];
}

const parse = (line: string): Row | null => {
  try {
    return JSON.parse(line) as Row;
  } catch {
    return null;
  }
};

const audit = ({ runDirectory, told, all, endings }: RunRecord): readonly string[] => {
  const lines = linesOf(join(runDirectory, 'state/audit.jsonl'));
  const there = new Set(lines);
  const rows = lines.map(parse);
  const problems = lines.filter((_, index) => rows[index] === null).map((line) => `a torn audit row: ${line}`);
  for (const { verb, rest } of told)
    if (verb === 'row' && !there.has(rest)) problems.push(`an audit row that was taken is lost: ${rest}`);
  const killed = new Set(all.filter((each) => endings.get(each) === 'SIGKILL').map(({ instance }) => instance));
  for (const row of rows) {
    if (row?.kind === 'gap') problems.push('the audit has a gap');
    if (row?.kind !== 'intent') continue;
    const hasResult = rows.some(
      (each) => each?.kind === 'result' && each.instance === row.instance && each.plan === row.plan,
    );
    if (!hasResult && !killed.has(row.instance)) problems.push(`plan ${row.plan} has no result, and its keeper lived`);
  }
  const stops = told.filter(({ verb }) => verb === 'stop');
  for (const { rest, by } of stops)
    if (!rows.some((row) => row?.kind === 'intent' && row.instance === by.instance && row.pids?.includes(Number(rest))))
      problems.push(`pid ${rest} was stopped without an intent row`);
  return problems;
};

const alerts = ({ runDirectory, plan, reused }: RunRecord): readonly string[] => {
  // A process that gets no processor looks as one that hangs, when all times are short.
  const mayHang = plan.how === 'wedge' || plan.scale < 1;
  return linesOf(join(runDirectory, 'state/deadman/alerts.jsonl')).flatMap((line) => {
    const kind = (parse(line) as { readonly kind: string } | null)?.kind ?? '';
    if (!isAlertKind(kind)) return [`not an alert: ${line}`];
    const isExpected =
      (kind === 'keeper_stale' && mayHang) ||
      (kind === 'heartbeat_unwritable' && mayHang) ||
      (kind === 'tombstone_retired' && reused !== null);
    return isExpected ? [] : [`an alert that nothing explains: ${line}`];
  });
};

const endings = ({ all, endings: how }: RunRecord): readonly string[] =>
  all.flatMap((each) => {
    // One that lives on is killed when the run is over; why, is said already.
    const ending = how.get(each) ?? '0';
    return ending === 'SIGKILL' || ending === '0'
      ? []
      : [`${each.party} ${each.generation} ended with ${ending}: ${each.said().slice(-2000)}`];
  });

export const problemsOf = (record: RunRecord): readonly string[] => [
  ...leftOver(record),
  ...strangers(record),
  ...signals(record),
  ...audit(record),
  ...alerts(record),
  ...endings(record),
];
