import { faultWords } from '../fault-words.ts';
import { bootOut, bootstrap, type Done, done, kickstart, look, notDone, setEnabled } from '../launchd.ts';
import { startAnew } from './beside.ts';
import type { Journalled } from './journal.ts';
import { write } from './journal.ts';
import { besideOf, type CutoverPlan, type Step } from './plan.ts';
import type { CutoverPorts } from './ports.ts';
import { userDomain } from './retired.ts';
import { noneLoaded } from './step.ts';
import { backOnText, backupPath, undoText } from './words.ts';

/**
 * The way back. Every step that was begun is undone, last one first. Each looks before it acts, so that it does not matter how
 * far the step had come, nor whether an earlier way back had undone it already.
 */

type Of<K extends Step['kind']> = Extract<Step, { readonly kind: K }>;

const stop = async ({ label }: { readonly label: string }, { launchd }: CutoverPorts): Promise<Done> => {
  const gone = await bootOut(launchd, 'system', label);
  // Its property list stays where it is, and would be loaded when the machine starts.
  const held = await setEnabled(launchd, 'system', label, false);
  return gone.ok ? held : gone;
};

/** Those that the app has registered, or somebody else has loaded. */
const stopOthers = async ({ ours, steps }: CutoverPlan, { launchd }: CutoverPorts): Promise<Done> => {
  const started = steps.flatMap((step) => (step.kind === 'start' ? [step.label] : []));
  const others: string[] = [];
  for (const label of ours.toReversed()) {
    const before = await look(launchd, 'system', label);
    const gone = await bootOut(launchd, 'system', label);
    if (!gone.ok) return gone;
    if (before.kind !== 'absent' && !started.includes(label)) others.push(label);
  }
  return others.length === 0
    ? done
    : {
        ok: true,
        note: `${others.join(', ')} had been started by somebody else, and come back with the next start of the Mac. Beside the old services they only observe; remove them where they came from, in the app or with \`castellan uninstall\`.`,
      };
};

type Begun = Pick<Journalled, 'plan' | 'begun'>;

const areLoaded = async ({ launchd }: CutoverPorts, domain: string, labels: readonly string[]): Promise<boolean> => {
  for (const label of labels) if ((await look(launchd, domain, label)).kind !== 'loaded') return false;
  return true;
};

/** Those that ran before the cutover: beside old services that are whole they only observe, as they did. */
const stopBeside = async (step: Of<'observe'>, journalled: Begun, ports: CutoverPorts): Promise<Done> => {
  const { plan, begun } = journalled;
  const outs = plan.steps.flatMap((each, i) => (each.kind === 'boot_out' && begun.has(i) ? [each.label] : []));
  const isOldWhole = await areLoaded(ports, userDomain(plan.account.uid), outs);
  // An earlier way back that ended some of ours is gone on with.
  if (outs.length === 0 || (isOldWhole && (await areLoaded(ports, 'system', step.labels))))
    return { ok: true, note: 'Castellan goes on running: no service that it observes beside has been ended.' };
  const whys: string[] = [];
  for (const label of step.labels.toReversed()) {
    const stopped = await stop({ label }, ports);
    if (!stopped.ok) whys.push(stopped.why);
  }
  const others = await stopOthers({ ...plan, steps: [] }, ports);
  if (!others.ok) whys.push(others.why);
  return whys.length === 0 ? { ok: true, note: backOnText(step) } : notDone([...new Set(whys)].join('; '));
};

/** Where ours were not ended, they run with the text that has been taken back. */
const unlook = async ({ labels }: Of<'look_again'>, ports: CutoverPorts): Promise<Done> =>
  (await areLoaded(ports, 'system', labels)) ? startAnew(ports) : done;

const restoreConfig = ({ before, after, path }: Of<'go_live'>, { files }: CutoverPorts): Done => {
  const now = files.readConfig();
  if (now === before) return done;
  if (now !== after) return { ok: true, note: `${path} was edited since; it is left as it is.` };
  if (before === null) files.removeConfig();
  else files.writeConfig(before);
  return done;
};

const putBack = async (step: Of<'retire'>, plan: CutoverPlan, { home }: CutoverPorts): Promise<Done> => {
  const { problem, put } = await home({
    op: 'put_back',
    home: plan.account.home,
    backup: plan.backup,
    file: { ...step.file, retired: step.retired },
  });
  if (problem !== null) return notDone(problem);
  return put === 'from_backup'
    ? { ok: true, note: `${step.retired} was changed or gone; ${step.file.name} came from ${backupPath(plan)}.` }
    : done;
};

const bringBack = async (step: Of<'boot_out'>, plan: CutoverPlan, ports: CutoverPorts): Promise<Done> => {
  const domain = userDomain(plan.account.uid);
  const now = besideOf(plan) === null ? null : await look(ports.launchd, domain, step.label);
  const other = now?.kind === 'loaded' ? null : await noneLoaded(ports, 'system', plan.ours);
  if (other !== null) return notDone(other);
  const plist = `${plan.account.home}/Library/LaunchAgents/${step.name}`;
  const loaded = await bootstrap(ports.launchd, domain, step.label, plist);
  if (!loaded.ok || !step.isRunning) return loaded;
  const known = await look(ports.launchd, domain, step.label);
  // One that its list does not start was started by somebody.
  return known.kind === 'loaded' && known.pid === null ? kickstart(ports.launchd, domain, step.label) : done;
};

/** May throw what a disk or a child throws. */
const undo = async (step: Step, journalled: Begun, ports: CutoverPorts): Promise<Done> => {
  const { plan } = journalled;
  switch (step.kind) {
    case 'back_up':
    case 'free_port':
    case 'own_port':
    case 'confirm':
      return done;
    case 'hold':
      return stopOthers(plan, ports);
    case 'observe':
      return stopBeside(step, journalled, ports);
    case 'boot_out':
      return bringBack(step, plan, ports);
    case 'retire':
      return putBack(step, plan, ports);
    case 'go_live':
      return restoreConfig(step, ports);
    case 'look_again':
      return unlook(step, ports);
    case 'start':
      return stop(step, ports);
  }
};

export interface Undone {
  readonly text: string;
  readonly result: Done;
}

export interface RolledBack {
  readonly ok: boolean;
  readonly steps: readonly Undone[];
  /** Its end could not be written down: a next rollback looks at everything again, and finds it done. */
  readonly isUnwritten: boolean;
}

const safely = async (act: () => Promise<Done>): Promise<Done> => {
  try {
    return await act();
  } catch (fault) {
    return notDone(faultWords(fault));
  }
};

const ranks: Partial<Record<Step['kind'], number>> = { start: 0, hold: 1, observe: 1, look_again: 3 };

/**
 * Last one first; but nothing old is touched before all of ours are out, and what of ours goes on looks again when everything
 * is as it was.
 */
const undoOrder = ({ plan, begun }: Begun): readonly (readonly [number, Step])[] => {
  const back = [...plan.steps.entries()].filter(([i]) => begun.has(i)).toReversed();
  const rank = ({ kind }: Step): number => ranks[kind] ?? 2;
  return back.toSorted(([, a], [, b]) => rank(a) - rank(b));
};

/** What would be undone, in the order in which it would be. */
export const undoLines = (journalled: Begun): readonly string[] =>
  undoOrder(journalled).flatMap(([, step]) => undoText(step, journalled.plan) ?? []);

/**
 * Undoes what was begun. A disk that takes no more lines does not hinder it. While one of ours cannot be ended nothing old is
 * brought back; otherwise what can be restored is, whatever else cannot.
 */
export const rollBack = async (
  { plan, begun }: Begun,
  ports: CutoverPorts,
  tell: (undone: Undone) => void,
): Promise<RolledBack> => {
  const note = (row: Parameters<typeof write>[2]): boolean => {
    try {
      write(ports.files, plan.stamp, row);
      return true;
    } catch {
      return false;
    }
  };
  const steps: Undone[] = [];
  for (const [i, step] of undoOrder({ plan, begun })) {
    const text = undoText(step, plan);
    if (text === null) continue;
    const result = await safely(() => undo(step, { plan, begun }, ports));
    const undone = { text, result };
    steps.push(undone);
    tell(undone);
    if (result.ok) note({ kind: 'undone', step: i });
  }
  const ok = steps.every(({ result }) => result.ok);
  const isWritten = ok && note({ kind: 'end', outcome: 'undone' });
  return { ok, steps, isUnwritten: ok && !isWritten };
};
