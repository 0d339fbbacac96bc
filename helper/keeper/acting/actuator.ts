import { permitKill } from '../../host/permits.ts';
import type { ActResult, Host } from '../../host/port.ts';
import type { ServiceResult } from '../../host/service-manager.ts';
import type { AuditFacts } from '../../journal/audit.ts';
import type { Act, Plan, RecoverAct, RecoverDeed, Target } from '../../relief/acts.ts';
import { freezeMs } from '../../relief/freezes.ts';
import { targetNameOf } from '../../relief/plan-identity.ts';
import { targetsOf } from '../../relief/plans.ts';
import type { Effect } from '../judgement/effect.ts';
import type { Freezer, ActOutcome as FreezerOutcome } from './freezer.ts';
import { endSeat, freePort, standIn } from './recovery.ts';
import type { Unload } from './runtimes-unload.ts';

/** Carries plans out: an intent row, the act, a result row. What is irreversible is not done without its intent row. */

type ActEffect = Extract<Effect, { kind: 'act' }>;

/** `withdrawn`: the target ended before anything was done to it. */
export interface ActOutcome {
  readonly outcome: FreezerOutcome['outcome'] | 'timed_out' | 'withdrawn';
  readonly detail: string;
}

export interface Actuator {
  readonly carryOut: (effect: ActEffect) => Promise<ActOutcome>;
  /** Resolves when nothing is under way: each act that began has its result row then. */
  readonly idle: () => Promise<void>;
}

export interface ActuatorOptions {
  readonly host: Pick<
    Host,
    'services' | 'signal' | 'kill' | 'identify' | 'clock' | 'flushCaches' | 'portOwner' | 'isPortTaken'
  >;
  readonly freezer: Pick<Freezer, 'freeze' | 'resume' | 'resumeWithin'>;
  /** Absent: no runtime of models can be asked. */
  readonly unload?: Unload;
  /** Whether the row was taken. */
  readonly audit: (facts: AuditFacts) => boolean;
}

const ok = (detail: string): ActOutcome => ({ outcome: 'ok', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });

const ofService = (result: ServiceResult, done: string): ActOutcome =>
  result.ok ? ok(done) : failed(`${result.problem}: ${result.detail}`);

const ending = 'It is told to end.';
const pidsOf = (targets: readonly Target[]): ReadonlySet<number> => new Set(targets.map(({ id }) => id.pid));

/** A service is named by its label: which pids it has is launchd's affair. */
const signalledBy = (act: Act): readonly Target[] =>
  act.verb === 'shed' || act.verb === 'bootout' ? [] : targetsOf(act);

/** What a recovery does at a time, for the row: its steps have one number. */
const reasonOf = ({ step }: ActEffect): { readonly reason?: string } =>
  step === undefined ? {} : { reason: recoverWords[step] };

const recoverWords: Readonly<Record<RecoverDeed, string>> = {
  stop: 'It is told to end.',
  kill: 'It did not end when it was told to.',
  port: 'Whether its port is free.',
};

/** A stop that can be undone may go on without its row, under its acknowledged tombstone; resuming always does. */
const needsRow = ({ act }: Plan): boolean => act.verb !== 'freeze' && act.verb !== 'resume' && act.verb !== 'restore';

export const createActuator = ({ host, freezer, unload, audit }: ActuatorOptions): Actuator => {
  const killed = (target: Target, plan: Plan): ActResult => host.kill(permitKill(target.id, plan.id));

  const recovers = async (act: RecoverAct, { plan, by, step = 'port' }: ActEffect): Promise<ActOutcome> => {
    if (by === 'automatic') return failed('nothing is recovered without the operator');
    switch (step) {
      case 'stop':
        return endSeat(host, freezer, act);
      case 'kill': {
        // Who has ended meanwhile, or whose pid is another's, is not signalled.
        const bad = act.targets
          .map((target) => killed(target, plan))
          .find((sent) => !sent.ok && sent.problem !== 'vanished' && sent.problem !== 'reused');
        return bad === undefined || bad.ok ? ok(`${act.seat} was killed`) : failed(`${bad.problem}: ${bad.detail}`);
      }
      case 'port':
        return act.address === null ? ok('its port is not known') : freePort(host, act.address);
    }
  };

  const perform = async (effect: ActEffect): Promise<ActOutcome> => {
    const { plan, by } = effect;
    const { act } = plan;
    switch (act.verb) {
      case 'freeze':
        return freezer.freeze({
          plan: plan.id,
          targets: act.targets,
          reason: plan.reason,
          deadlineMs: host.clock.nowMs() + freezeMs,
        });
      case 'resume':
        return freezer.resume(act.targets, act.why);
      case 'shed':
      case 'bootout': {
        // A stopped process cannot handle TERM, and launchd would KILL it at its time-out: the freezer resumes what we froze.
        const resumed = await freezer.resumeWithin(pidsOf(act.targets), ending);
        if (resumed.outcome !== 'ok') return resumed;
        return ofService(await host.services.bootout(act.label), `${act.label} has been told to end`);
      }
      case 'recover':
        return recovers(act, effect);
      case 'fallback':
      case 'fallback_end':
        return standIn(host, freezer, act);
      case 'restore':
        return ofService(await host.services.bootstrap(act.label), `${act.label} runs again`);
      case 'terminate': {
        const resumed = await freezer.resumeWithin(pidsOf([act.target]), ending);
        if (resumed.outcome !== 'ok') return resumed;
        const sent = host.signal(act.target.id, 'SIGTERM');
        return sent.ok ? ok(`${act.target.name} has been told to end`) : failed(`${sent.problem}: ${sent.detail}`);
      }
      case 'kill': {
        // Nobody else has the permit, and without an operator there is none.
        if (by === 'automatic') return failed('nothing is killed without the operator');
        const sent = killed(act.target, plan);
        return sent.ok ? ok(`${act.target.name} was killed`) : failed(`${sent.problem}: ${sent.detail}`);
      }
      case 'purge': {
        const flushed = await host.flushCaches?.();
        if (flushed === undefined) return failed('nothing is installed that can flush them');
        return flushed.ok ? ok('disk caches have been flushed') : failed(flushed.detail);
      }
      case 'unload':
        return unload === undefined
          ? failed('no adapter for it is installed')
          : unload(act, by === 'automatic' ? by : 'operator');
    }
  };

  const hasEnded = ({ id }: Target): boolean => {
    const now = host.identify(id.pid);
    return 'problem' in now ? now.problem === 'vanished' : now.start !== id.start;
  };

  /** A target that ended in the last moment is no failure: nothing was done. */
  const judged = ({ act }: Plan, done: ActOutcome): ActOutcome => {
    const [first] = act.verb === 'freeze' || act.verb === 'terminate' || act.verb === 'kill' ? targetsOf(act) : [];
    return done.outcome === 'failed' && first !== undefined && hasEnded(first)
      ? { outcome: 'withdrawn', detail: done.detail }
      : done;
  };

  const carryOut = async (effect: ActEffect): Promise<ActOutcome> => {
    const { plan, by } = effect;
    const written = audit({
      kind: 'intent',
      plan: plan.id,
      verb: plan.act.verb,
      target: targetNameOf(plan.act),
      pids: signalledBy(plan.act).map(({ id }) => id.pid),
      ...reasonOf(effect),
      by: by === 'automatic' ? by : { uid: by.uid, client: by.client },
    });
    const outcome =
      !written && needsRow(plan)
        ? failed('the audit log takes no row, so nothing that cannot be undone is done')
        : judged(plan, await perform(effect));
    audit({ kind: 'result', plan: plan.id, outcome: outcome.outcome, detail: outcome.detail });
    return outcome;
  };

  const underWay = new Set<Promise<unknown>>();
  return {
    carryOut: (effect) => {
      const done = carryOut(effect);
      underWay.add(done);
      const forget = (): void => void underWay.delete(done);
      done.then(forget, forget);
      return done;
    },
    idle: async () => {
      await Promise.allSettled([...underWay]);
    },
  };
};
