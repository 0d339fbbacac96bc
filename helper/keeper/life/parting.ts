import type { Host } from '../../host/port.ts';
import type { AuditFacts } from '../../journal/audit.ts';
import { isServing } from '../../protocol/seats.ts';
import type { Freezer } from '../acting/freezer.ts';
import type { KeeperState } from '../judgement/state.ts';
import type { Handlers } from '../server/dispatch.ts';
import { undoEffects } from './removal.ts';
import { watchOwnExecutable } from './removal-watch.ts';

/** The two verbs that end the keeper: for the next one from a new file, or for good. */

/** Why a keeper ends without having been told to by a signal. */
export type Ending =
  | { readonly kind: 'refresh' }
  | { readonly kind: 'removed'; readonly removeData: boolean }
  | { readonly kind: 'executable_gone' };

/** What was held over others when the keeper came to rest. */
export interface Rested {
  readonly resumed: number;
  /** What is frozen still, a sentence each. The deadman resumes it when the keeper is gone. */
  readonly left: readonly string[];
}

export interface PartingSources {
  readonly host: Host;
  readonly state: () => KeeperState | null;
  readonly audit: (facts: AuditFacts) => void;
  readonly freezer: Pick<Freezer, 'held' | 'close'>;
  /** Nothing is judged, and nothing new begun, from here on; resolves when what was under way is done. */
  readonly stopJudging: () => Promise<void>;
  /** Deadman and gateway, as they are connected now. */
  readonly others: () => readonly number[];
}

export interface Parting {
  readonly handlers: PartingHandlers;
  /** Stops the loop and resumes everything that is frozen; the second time it tells of the first. */
  readonly rest: () => Promise<Rested>;
  /** Resolves when the keeper is to end although nobody sent it a signal. */
  readonly ended: Promise<Ending>;
  readonly stopWatching: () => void;
}

type PartingHandlers = Pick<Handlers, 'keeper.refresh' | 'keeper.remove'>;

/** The answer is written first: it stands before the goodbye in the same queue. */
const afterTheAnswer = (then: () => void): void => void setImmediate(then);

const runningSeats = (state: KeeperState | null): string[] =>
  (state?.seating.seats ?? []).filter((seat) => isServing(seat.state)).map(({ name }) => name);

const stillHeld = (freezer: Pick<Freezer, 'held'>): readonly number[] =>
  freezer.held().flatMap(({ targets }) => targets.map(({ pid }) => pid));

export const createParting = (sources: PartingSources): Parting => {
  const { host, state, audit, freezer } = sources;
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();

  const comeToRest = async (): Promise<Rested> => {
    await sources.stopJudging();
    const before = stillHeld(freezer);
    await freezer.close();
    const left = new Set(stillHeld(freezer));
    return {
      resumed: before.filter((pid) => !left.has(pid)).length,
      left: [...left].map((pid) => `Process ${pid} could not be resumed; the deadman tries again.`),
    };
  };
  let rested: Promise<Rested> | null = null;
  const rest = (): Promise<Rested> => {
    rested ??= comeToRest();
    return rested;
  };

  /** TERM, which both take as the wish to end in order; launchd starts them again. */
  const endOthers = (): void => {
    for (const pid of sources.others()) {
      const id = host.identify(pid);
      if (!('problem' in id)) host.signal(id, 'SIGTERM');
    }
  };

  const leave = async (): Promise<void> => {
    await rest();
    await undoEffects({ host, state: state() });
    end({ kind: 'executable_gone' });
  };
  // A simulated machine does not know this process.
  const stopWatching =
    host.kind === 'sim' ? () => {} : watchOwnExecutable({ host, pid: process.pid, onGone: () => void leave() });

  const handlers: PartingHandlers = {
    'keeper.refresh': async (_, { uid }) => {
      audit({
        kind: 'mutation',
        verb: 'keeper.refresh',
        detail: 'everything is resumed, then started anew',
        byUid: uid,
      });
      const { resumed, left } = await rest();
      afterTheAnswer(() => {
        // While something is frozen the deadman must stay: it is who resumes it.
        if (left.length === 0) endOthers();
        end({ kind: 'refresh' });
      });
      return { ok: true, result: { resumed, left: [...left] } };
    },
    'keeper.remove': async ({ removeData }, { uid }) => {
      const data = removeData ? ', with its data' : '';
      audit({ kind: 'mutation', verb: 'keeper.remove', detail: `Castellan is removed${data}`, byUid: uid });
      const rested = await rest();
      const undone = await undoEffects({ host, state: state() });
      afterTheAnswer(() => end({ kind: 'removed', removeData }));
      return {
        ok: true,
        result: {
          resumed: rested.resumed,
          bands: undone.bands,
          gpuLimit: undone.gpuLimit,
          seats: runningSeats(state()),
          left: [...rested.left, ...undone.left],
        },
      };
    },
  };

  return { handlers, rest, ended, stopWatching };
};
