import type { BandName, BandResult, Host, HostKind } from '../../host/port.ts';
import type { ProcessId } from '../../host/reading.ts';
import type { VerbResult } from '../../protocol/verbs.ts';
import type { KeeperState } from '../judgement/state.ts';

/**
 * What Castellan holds over others, given back: for a deliberate removal, and when the keeper's own executable is gone. What
 * was frozen runs already. Seats are left alone: they are launchd's, and serve on.
 */

export interface UndoSources {
  readonly host: Pick<Host, 'kind' | 'readBand' | 'setBand' | 'setGpuLimit' | 'services'>;
  /** The last one that was judged by; null: nothing ever was. */
  readonly state: KeeperState | null;
}

type Undone = Pick<VerbResult<'keeper.remove'>, 'bands' | 'gpuLimit' | 'left'>;

/**
 * What a process has that nobody spoke for: on a Mac the band DEFAULT; on Linux an oom_score_adj of 0, which has another name
 * for a keeper that may protect others and one that may not.
 */
const usualBands: Readonly<Record<HostKind, readonly BandName[]>> = {
  darwin: ['DEFAULT'],
  sim: ['DEFAULT'],
  linux: ['FOREGROUND', 'CRITICAL'],
};
const isUsual = (kind: HostKind, { band, raw }: Extract<BandResult, { ok: true }>): boolean =>
  kind === 'linux' ? raw === 0 : band === 'DEFAULT';

/** The last answer of those tried until one fits. */
const setUsual = (host: UndoSources['host'], id: ProcessId): BandResult => {
  const [first = 'DEFAULT', ...others] = usualBands[host.kind];
  return others.reduce(
    (done, band) => (!done.ok || isUsual(host.kind, done) ? done : host.setBand(id, band)),
    host.setBand(id, first),
  );
};

const systemPolicy = 0;

/**
 * Only a band that is as Castellan set it: what others changed is theirs. launchd gives a daemon a band of its own at each
 * start, so that after the next start of the seat nothing is left of ours in any case.
 */
const giveBackBands = ({ host, state }: UndoSources): { readonly bands: number; readonly left: readonly string[] } => {
  const left: string[] = [];
  let bands = 0;
  for (const { id, name, kind, band } of state?.arbiter.bands ?? []) {
    if (kind === 'own') continue;
    const found = host.readBand(id);
    if (!found.ok || found.band !== band || isUsual(host.kind, found)) continue;
    const done = setUsual(host, id);
    if (done.ok && isUsual(host.kind, done)) bands += 1;
    else if (done.ok) left.push(`The band of ${name} (pid ${id.pid}) reads back as ${done.band ?? done.raw}.`);
    else if (done.problem !== 'vanished' && done.problem !== 'reused')
      left.push(`The band of ${name} (pid ${id.pid}) stays ${band}: ${done.detail}.`);
  }
  return { bands, left };
};

const giveBackGpu = ({ host, state }: UndoSources): Pick<Undone, 'gpuLimit' | 'left'> => {
  const gpu = state?.arbiter.gpu;
  // `isOurs` knows this run of the keeper only; a limit that is held as configured was set by an earlier one.
  const isOurs = gpu !== undefined && (gpu.isOurs || ((gpu.wantedBytes ?? 0) > 0 && gpu.setting.state === 'held'));
  if (!isOurs) return { gpuLimit: 'untouched', left: [] };
  const done = host.setGpuLimit(systemPolicy);
  if (done.ok) return { gpuLimit: 'restored', left: [] };
  return { gpuLimit: 'failed', left: [`What the GPU may hold wired stays as it was set: ${done.detail}.`] };
};

const bringBackShed = async ({ host, state }: UndoSources): Promise<readonly string[]> => {
  const ends = (state?.relief.sheds ?? []).map(async ({ label }) => {
    const done = await host.services.bootstrap(label);
    return done.ok || done.problem === 'already' ? [] : [`${label}, which was shed, does not run: ${done.detail}.`];
  });
  return (await Promise.all(ends)).flat();
};

/** Never rejects for what a machine can do to it. The judging loop has been stopped before. */
export const undoEffects = async (sources: UndoSources): Promise<Undone> => {
  const bands = giveBackBands(sources);
  const gpu = giveBackGpu(sources);
  const shed = await bringBackShed(sources);
  return { bands: bands.bands, gpuLimit: gpu.gpuLimit, left: [...bands.left, ...gpu.left, ...shed] };
};
