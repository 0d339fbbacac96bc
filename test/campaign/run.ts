import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBlows } from './blows.ts';
import { leftOver, problemsOf } from './checks.ts';
import { createChildren } from './children.ts';
import { type Figures, figuresOf } from './figures.ts';
import { nowMs, type Told } from './party.ts';
import type { RunPlan } from './plan.ts';
import type { RunRecord } from './record.ts';
import { createSupervisor, until } from './supervisor.ts';

/** One run: freeze, strike, start again what a service manager would, and look at what is left. */

export interface RunResult {
  readonly plan: RunPlan;
  /** False: the point was never passed, so it was struck at another moment. */
  readonly reached: boolean;
  readonly problems: readonly string[];
  readonly figures: Figures;
  readonly tookMs: number;
}

/** Only tell a hang: nothing takes so long. */
const limits = {
  ready: 60_000,
  order: 8_000,
  strike: 30_000,
  settle: 60_000,
  clear: 90_000,
  refreeze: 60_000,
  end: 60_000,
};
const refreezePlan = 900;

export const carryOut = async (plan: RunPlan, folder: string): Promise<RunResult> => {
  const fromMs = nowMs();
  const runDirectory = mkdtempSync(join(folder, 'run-'));
  chmodSync(runDirectory, 0o755);
  const children = createChildren();
  const told: Told[] = [];
  const targets = plan.freezes.flatMap((members) => Array.from({ length: members }, children.start));
  const bystanders = { runs: children.start(), stopped: children.start() };
  process.kill(bystanders.stopped, 'SIGSTOP');

  const supervisor = createSupervisor({
    plan,
    runDirectory,
    holdsOf: (party, generation) => blows.holdsOf(party, generation),
    onTold: (event) => {
      told.push(event);
      if (event.verb === 'at') blows.onHeld(event.by, event.rest);
    },
  });
  const blows = createBlows({ plan, children, told, supervisor: () => supervisor });
  const { living } = supervisor;

  const isDone = (order: string): boolean => told.some(({ verb, rest }) => verb === 'done' && rest.startsWith(order));
  const isFreezeAnswered = (index: number): boolean =>
    ['ok', 'failed', 'withdrawn'].some((end) => isDone(`freeze ${end} ${index} `));
  const linkOf = (generation: number): string =>
    told.findLast(({ verb, by }) => verb === 'link' && by.party === 'keeper' && by.generation === generation)?.rest ??
    '';
  const untilStruckOr = async (condition: () => boolean): Promise<void> => {
    const fromMs = nowMs();
    while (!condition() && !blows.hasStruck() && nowMs() - fromMs < limits.order) await sleep(5);
  };

  const begin = async (): Promise<void> => {
    await supervisor.startNow('deadman');
    const keeper = await supervisor.startNow('keeper');
    await until('keeper and deadman meet', () => linkOf(1) === 'present', limits.ready);
    if (plan.place.at === 'time') setTimeout(() => void blows.strike(null), plan.strikeAfterMs);
    let first = 0;
    for (const [index, members] of plan.freezes.entries()) {
      const pids = targets.slice(first, first + members);
      first += members;
      keeper.order({ do: 'freeze', plan: index, pids, limitMs: plan.limitMs });
      if (plan.atOnce) continue;
      await untilStruckOr(() => isFreezeAnswered(index));
      await sleep(plan.gapMs);
    }
    await untilStruckOr(() => told.filter(({ verb }) => verb === 'done').length >= plan.freezes.length);
  };

  const pull = async (): Promise<void> => {
    switch (plan.trigger) {
      case 'keeper_resumes':
        for (const index of plan.freezes.keys()) living('keeper')?.order({ do: 'resume', plan: index });
        return;
      case 'keeper_killed':
        blows.begin();
        return supervisor.kill('keeper');
      case 'deadman_ends':
        living('deadman')?.signal('SIGTERM');
        return;
      case 'keeper_returns':
      case 'deadman_returns':
        supervisor.restarts(false);
        blows.begin();
        await Promise.all([supervisor.kill('keeper'), supervisor.kill('deadman')]);
        await supervisor.startNow(plan.trigger === 'keeper_returns' ? 'keeper' : 'deadman');
        return;
      case 'freeze':
      case 'deadline':
    }
  };

  const isClear = (): boolean => leftOver({ runDirectory, targets, reused: blows.reused() }).length === 0;
  /** What the first keeper was told is done, or it has ended. */
  const isAnswered = (): boolean => {
    const first = supervisor.all().find(({ party }) => party === 'keeper');
    const isOver = first === undefined || first.isOver();
    return isOver || [...plan.freezes.keys()].every(isFreezeAnswered);
  };
  const isCalm = (): boolean =>
    isAnswered() &&
    supervisor.isSettled() &&
    blows.isSettled() &&
    (living('keeper') !== null || living('deadman') !== null);

  /** Whoever still keeps something frozen with good reason is made to end. */
  const release = async (): Promise<void> => {
    await until('those that are started again are there', isCalm, limits.settle);
    const first = supervisor.all().find(({ party }) => party === 'keeper');
    const isAlone = living('deadman') === null;
    // A keeper that lost its deadman for good resumes by itself.
    if (first === undefined || first.isOver() || isAlone) return;
    await sleep(plan.gapMs);
    if (plan.end === 'kill') return first.signal('SIGKILL');
    supervisor.retire('keeper');
    first.order({ do: 'close' });
    await until('the keeper ends in order', first.isOver, limits.end);
  };

  /** A keeper that is there afterwards is as good as a new one. */
  const refreeze = async (): Promise<void> => {
    const pid = targets.find((each) => each !== blows.reused()?.pid);
    const keeper = living('keeper');
    if (!plan.refreeze || keeper === null || keeper.isWhole || living('deadman') === null || pid === undefined) return;
    const fromMs = nowMs();
    for (let count = 0; !isDone(`freeze ok ${refreezePlan + count - 1} `); count += 1) {
      if (keeper.isOver() || living('deadman') === null) return;
      if (nowMs() - fromMs > limits.refreeze) throw new Error(`the keeper does not freeze any more: ${keeper.said()}`);
      keeper.order({ do: 'freeze', plan: refreezePlan + count, pids: [pid], limitMs: 600_000 });
      await until(
        'an answer',
        () =>
          keeper.isOver() ||
          told.some(({ verb, rest }) => verb === 'done' && rest.includes(` ${refreezePlan + count} `)),
        limits.refreeze,
      );
      await sleep(50);
    }
  };

  const end = async (): Promise<void> => {
    // Who is struck from here on would not be started again.
    blows.disarm();
    supervisor.restarts(false);
    await until('nobody is about to be started', supervisor.isSettled, limits.settle);
    const [keeper, deadman] = [living('keeper'), living('deadman')];
    if (keeper?.isWhole === true) keeper.signal('SIGTERM');
    else keeper?.order({ do: 'close' });
    await until('the keeper ends in order', () => keeper?.isOver() ?? true, limits.end);
    deadman?.signal('SIGTERM');
    await until('the deadman ends in order', () => deadman?.isOver() ?? true, limits.end);
  };

  const problems: string[] = [];
  let endMs = Number.POSITIVE_INFINITY;
  try {
    await begin();
    if (!blows.hasStruck()) await pull();
    const struckBy = nowMs() + limits.strike;
    while (!blows.hasStruck() && nowMs() < struckBy) await sleep(10);
    if (!blows.hasStruck()) await blows.strike(null);
    await release();
    await until('nothing is frozen any more', () => isCalm() && isClear(), limits.clear);
    endMs = nowMs();
    await refreeze();
    await end();
  } catch (fault) {
    problems.push(fault instanceof Error ? fault.message : String(fault));
    for (const each of supervisor.all())
      problems.push(`${each.party} ${each.generation} said: ${each.said().slice(-600)}`);
  }
  const record: RunRecord = {
    plan,
    runDirectory,
    targets,
    bystanders,
    reused: blows.reused(),
    told,
    all: supervisor.all(),
    endings: supervisor.endings(),
    blowMs: blows.firstMs(),
    endMs,
  };
  problems.push(...problemsOf(record));
  supervisor.restarts(false);
  for (const each of supervisor.all()) each.signal('SIGKILL');
  await children.endAll();
  await Promise.all(supervisor.all().map(({ over }) => over));
  rmSync(runDirectory, { recursive: true, force: true, maxRetries: 5 });
  return { plan, reached: blows.reached(), problems, figures: figuresOf(record), tookMs: nowMs() - fromMs };
};
