import type { PortOwner } from '../../host/port.ts';
import { type Launchd, look, pidsOf } from '../launchd.ts';
import type { StoppedProcess } from '../stopped-processes.ts';
import type { ConfigFound, GoLive } from './config.ts';
import type { HomeFile, HomeFiles } from './files.ts';
import { allDaemonLabels, loadedDaemons, type RetiredService, retiredServices, userDomain } from './retired.ts';

/** What there is before a cutover: looked at, nothing changed. */

export interface RetiredFound {
  readonly label: string;
  readonly job:
    | { readonly kind: 'absent' }
    | { readonly kind: 'loaded'; readonly isRunning: boolean; readonly pid: number | null }
    /** Told to end by somebody, and not gone yet. */
    | { readonly kind: 'ending' };
  readonly plist:
    | {
        readonly kind: 'file';
        readonly name: string;
        readonly sha256: string;
        readonly mode: number;
        /** Retired names of this day that are taken. */
        readonly takenNames: readonly string[];
      }
    | { readonly kind: 'missing' }
    /** A link, or lying elsewhere: in words. */
    | { readonly kind: 'refused'; readonly why: string };
}

export interface OurDaemon {
  readonly label: string;
  readonly plist:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'missing' }
    | { readonly kind: 'refused'; readonly why: string };
}

/** A running keeper's word. */
export type KeeperSaid =
  | {
      readonly ok: true;
      /** Differs for each start of the keeper. */
      readonly instance: string;
      /** Why it only observes; empty: it may act. */
      readonly observes: readonly string[];
    }
  | { readonly ok: false; readonly why: string };

export interface CutoverFacts {
  readonly stamp: string;
  readonly account: { readonly uid: number; readonly gid: number; readonly home: string };
  /** Every label that is known to be retired, in the order of the table. */
  readonly retired: readonly RetiredFound[];
  readonly services: readonly RetiredService[];
  readonly ours: readonly OurDaemon[];
  readonly allOurs: readonly string[];
  /** Which of ours are loaded, development included. */
  readonly oursLoaded: readonly string[];
  /** Their processes. */
  readonly ourPids: readonly number[];
  /** Null: none of ours is loaded. */
  readonly keeper: KeeperSaid | null;
  /** `127.0.0.1:2189` */
  readonly address: string;
  readonly portOwner: PortOwner | null;
  /** Whoever stopped them: the old services may be waiting to resume them. */
  readonly stopped: readonly StoppedProcess[];
  readonly config: ConfigFound;
  /** What castellan.toml would become; null: nobody asked for it, or it says live already. */
  readonly goLive: GoLive | null;
  /** A cutover or rollback that was begun and not ended: its stamp. */
  readonly unfinished: string | null;
  /** What launchd or another one would not say, in words. */
  readonly unknown: readonly string[];
}

export interface Looking {
  readonly launchd: Launchd;
  readonly home: HomeFiles;
  readonly portOwner: (address: string) => Promise<PortOwner | null>;
  readonly stopped: () => Promise<readonly StoppedProcess[]>;
  readonly askKeeper: () => Promise<KeeperSaid>;
  /** Labels of our daemons that would be started, in that order: a development build has its own. */
  readonly ourLabels: readonly string[];
  /** Our own property list for a label, as it lies in /Library/LaunchDaemons. */
  readonly daemonPlist: (label: string) => OurDaemon['plist'];
}

interface JobSeen {
  readonly label: string;
  readonly job: RetiredFound['job'];
  /** Where launchd read it from; null: it does not say. */
  readonly path: string | null;
}

const seenJob = async (launchd: Launchd, domain: string, label: string): Promise<JobSeen | string> => {
  const known = await look(launchd, domain, label);
  switch (known.kind) {
    case 'unknown':
      return known.detail;
    case 'absent':
      return { label, job: { kind: 'absent' }, path: null };
    case 'ending':
      return { label, job: { kind: 'ending' }, path: null };
    case 'loaded':
      return { label, job: { kind: 'loaded', isRunning: known.pid !== null, pid: known.pid }, path: known.path };
  }
};

const plistOf = (
  { label, path }: JobSeen,
  agents: string,
  name: string,
  files: ReadonlyMap<string, HomeFile>,
  byDay: (name: string) => string,
): RetiredFound['plist'] => {
  if (path !== null && !path.startsWith(`${agents}/`))
    return { kind: 'refused', why: `${label} was loaded from ${path}, which is not in ${agents}` };
  const file = files.get(name);
  if (file?.state === 'refused') return { kind: 'refused', why: file.why ?? `${name} cannot be read` };
  if (file?.state !== 'file' || file.sha256 === undefined || file.mode === undefined) return { kind: 'missing' };
  const takenNames = [byDay(name)].filter((taken) => (files.get(taken)?.state ?? 'missing') !== 'missing');
  return { kind: 'file', name, sha256: file.sha256, mode: file.mode, takenNames };
};

/** launchd's word where the list lies; else LABEL.plist, as its manual has it. */
const nameOf = ({ label, path }: JobSeen, agents: string): string => {
  const rest = path?.startsWith(`${agents}/`) === true ? path.slice(agents.length + 1) : '';
  return rest !== '' && !rest.includes('/') ? rest : `${label}.plist`;
};

export const findFacts = async (
  looking: Looking,
  given: Pick<CutoverFacts, 'stamp' | 'account' | 'address' | 'config' | 'goLive' | 'unfinished'>,
  services: readonly RetiredService[] = retiredServices,
): Promise<CutoverFacts> => {
  const { launchd, home } = looking;
  const unknown: string[] = [];
  const domain = userDomain(given.account.uid);
  const agents = `${given.account.home}/Library/LaunchAgents`;
  const jobs: JobSeen[] = [];
  for (const label of services.flatMap(({ labels }) => labels)) {
    const seen = await seenJob(launchd, domain, label);
    if (typeof seen === 'string') unknown.push(seen);
    else jobs.push(seen);
  }
  const byDay = (name: string): string => `${name}.retired-${given.stamp.slice(0, 8)}`;
  const names = jobs.map((job) => nameOf(job, agents)).flatMap((name) => [name, byDay(name)]);
  const looked = await home({ op: 'look', home: given.account.home, names });
  if (looked.problem !== null) unknown.push(looked.problem);
  const files = new Map((looked.files ?? []).map((file) => [file.name, file]));
  // A list that launchd loaded under a label is that label's, whatever the file is called.
  const loadedNames = new Set(jobs.filter(({ path }) => path !== null).map((job) => nameOf(job, agents)));
  const retired = jobs.map((job): RetiredFound => {
    const name = nameOf(job, agents);
    const isAnothers = job.path === null && loadedNames.has(name);
    return {
      label: job.label,
      job: job.job,
      plist: isAnothers ? { kind: 'missing' } : plistOf(job, agents, name, files, byDay),
    };
  });
  const own = await loadedDaemons(launchd);
  if (!own.ok) unknown.push(own.why);
  const oursLoaded = own.ok ? own.loaded : [];
  return {
    ...given,
    services,
    retired,
    ours: looking.ourLabels.map((label) => ({ label, plist: looking.daemonPlist(label) })),
    allOurs: allDaemonLabels,
    oursLoaded,
    ourPids: await pidsOf(launchd, 'system', oursLoaded),
    keeper: oursLoaded.length === 0 ? null : await looking.askKeeper(),
    portOwner: await looking.portOwner(given.address),
    stopped: await looking.stopped(),
    unknown,
  };
};
