import type { CutoverFacts, RetiredFound } from './facts.ts';
import { retiredLabels } from './retired.ts';

/**
 * The plan of a cutover: pure, made of what was found, and whole. What is printed by a dry run is what is carried out and what
 * is written down beforehand; each step knows how it is undone.
 */

export interface KeptFile {
  /** In ~/Library/LaunchAgents. */
  readonly name: string;
  readonly sha256: string;
  /** Mode bits. */
  readonly mode: number;
}

export type Step =
  /** Copies of all property lists, compared byte by byte. Stays when the rest is undone. */
  | { readonly kind: 'back_up'; readonly files: readonly KeptFile[] }
  /**
   * Our daemons stay out, across a restart of the machine too, until they are started below. Those that are not are left alone:
   * launchd remembers by the label, and would keep out what the app registers afterwards.
   */
  | { readonly kind: 'hold'; readonly labels: readonly string[] }
  /** Ours run already, registered by the app: the keeper only observes for as long as it sees an old service. */
  | {
      readonly kind: 'observe';
      readonly labels: readonly string[];
      /** Loaded ones that a keeper looks for; empty: it has no reason to observe only. */
      readonly old: readonly string[];
      /** By lists in /Library/LaunchDaemons, and not by the app. */
      readonly isInstalled: boolean;
    }
  | {
      readonly kind: 'boot_out';
      readonly label: string;
      /** Its property list. */
      readonly name: string;
      /** It had a process; a job can be loaded without one. */
      readonly isRunning: boolean;
    }
  | { readonly kind: 'retire'; readonly file: KeptFile; readonly retired: string }
  /** Nobody else listens where the gateway will. */
  | { readonly kind: 'free_port'; readonly address: string }
  /** The same of ours that run already: the gateway tries again every few seconds, and may have it by then. */
  | { readonly kind: 'own_port'; readonly address: string; readonly labels: readonly string[] }
  | {
      readonly kind: 'go_live';
      readonly path: string;
      /** Texts of castellan.toml; null: there is none. */
      readonly before: string | null;
      readonly after: string;
      readonly diff: readonly string[];
    }
  | { readonly kind: 'start'; readonly label: string; readonly plist: string }
  /** They start anew, and so look again: at once, and by what castellan.toml says now. */
  | { readonly kind: 'look_again'; readonly labels: readonly string[] }
  /** All of them run, the keeper answers, and the gateway listens. */
  | { readonly kind: 'confirm'; readonly labels: readonly string[]; readonly address: string };

export interface CutoverPlan {
  /** Local time at which it was made: `20261122-141500`. */
  readonly stamp: string;
  readonly account: { readonly uid: number; readonly gid: number; readonly home: string };
  /** Name of the folder of the backups in ~/.sanctum/backups. */
  readonly backup: string;
  /** Labels that may not be loaded when ours are started: all that are known to be retired. */
  readonly retired: readonly string[];
  /** Ours, none of which may be loaded when an old service is brought back. */
  readonly ours: readonly string[];
  readonly steps: readonly Step[];
}

export type Observe = Extract<Step, { readonly kind: 'observe' }>;

/** Ours ran before the cutover, and go on running. Null: they did not. */
export const besideOf = ({ steps }: Pick<CutoverPlan, 'steps'>): Observe | null =>
  steps.find((step) => step.kind === 'observe') ?? null;

const two = (n: number): string => String(n).padStart(2, '0');

/** `YYYYMMDD-HHMMSS`, local time. */
export const stampOf = (now: Date): string =>
  `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;

/** The name of the day; with the time of day where that name is taken. launchd loads what ends in `.plist` only. */
const retiredName = ({ name, takenNames }: Extract<RetiredFound['plist'], { kind: 'file' }>, stamp: string): string => {
  const byDay = `${name}.retired-${stamp.slice(0, 8)}`;
  return takenNames.includes(byDay) ? `${name}.retired-${stamp}` : byDay;
};

type Present = RetiredFound & { readonly plist: Extract<RetiredFound['plist'], { kind: 'file' }> };
const isPresent = (found: RetiredFound): found is Present => found.plist.kind === 'file';

const keptOf = ({ plist: { name, sha256, mode } }: Present): KeptFile => ({ name, sha256, mode });

const outsOf = (present: readonly Present[]): readonly Step[] =>
  present.flatMap(({ label, job, plist: { name } }): readonly Step[] =>
    job.kind === 'loaded' ? [{ kind: 'boot_out', label, name, isRunning: job.isRunning }] : [],
  );

const besideSteps = (facts: CutoverFacts, present: readonly Present[], retires: readonly Step[]): readonly Step[] => {
  const { ours, address, goLive } = facts;
  const labels = ours.map(({ label }) => label);
  const known = retiredLabels();
  const old = present.flatMap(({ label, job }) => (job.kind === 'loaded' && known.includes(label) ? [label] : []));
  return [
    { kind: 'back_up', files: present.map(keptOf) },
    { kind: 'observe', labels, old, isInstalled: ours.every(({ plist }) => plist.kind === 'file') },
    ...outsOf(present),
    ...retires,
    { kind: 'own_port', address, labels },
    ...(goLive === null ? [] : [{ kind: 'go_live', ...goLive } as const]),
    { kind: 'look_again', labels },
    { kind: 'confirm', labels, address },
  ];
};

/** What is loaded is booted out first, all of it, and renamed afterwards: a restart in between brings everything back as it was. */
export const planCutover = (facts: CutoverFacts): CutoverPlan => {
  const present = facts.retired.filter(isPresent);
  const { stamp, account, ours, goLive, address } = facts;
  const starts = ours.flatMap(({ label, plist }) => (plist.kind === 'file' ? [{ label, plist: plist.path }] : []));
  const labels = starts.map(({ label }) => label);
  const retires = present.map(
    (found): Step => ({ kind: 'retire', file: keptOf(found), retired: retiredName(found.plist, stamp) }),
  );
  const startSteps: readonly Step[] = [
    { kind: 'back_up', files: present.map(keptOf) },
    { kind: 'hold', labels },
    ...outsOf(present),
    ...retires,
    { kind: 'free_port', address },
    ...(goLive === null ? [] : [{ kind: 'go_live', ...goLive } as const]),
    ...starts.map(({ label, plist }): Step => ({ kind: 'start', label, plist })),
    ...(labels.length === 0 ? [] : [{ kind: 'confirm', labels, address } as const]),
  ];
  return {
    stamp,
    account,
    backup: `castellan-cutover-${stamp}`,
    retired: facts.retired.map(({ label }) => label),
    ours: facts.allOurs,
    steps: facts.oursLoaded.length === 0 ? startSteps : besideSteps(facts, present, retires),
  };
};
