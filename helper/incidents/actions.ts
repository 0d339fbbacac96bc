import type { EffectOutcome } from '../keeper/judgement/effect.ts';
import { holderWords } from '../probes/port-holder.ts';
import type { Act, FallbackAct, Plan, RecoverAct, RecoverDeed, Target } from '../relief/acts.ts';
import type { ScriptedAct } from './scenario.ts';
import { actMatches } from './targets.ts';
import type { World } from './world.ts';

/** Carries acts out on the scripted machine, as the actuator does on a real one. */

export interface Done {
  readonly outcome: EffectOutcome;
  readonly detail: string;
}

/** What the deadman has a tombstone of. */
export interface Tombstone {
  readonly pid: number;
  readonly start: string;
  readonly sinceMs: number;
}

export interface ActionContext {
  readonly world: World;
  readonly deadmanIsPresent: () => boolean;
  readonly tombstones: Map<number, Tombstone>;
}

/** From the decision to the first signal: the acknowledgement, or launchd's answer. */
export const usualActMs = 20;

/** At most this many processes stand still by our hand. */
const maxTombstones = 64;

const ok: Done = { outcome: 'ok', detail: '' };
const failed = (detail: string): Done => ({ outcome: 'failed', detail });

const isThere = (world: World, { id }: Target): boolean => world.runOf(id.pid)?.start === id.start;

/** All or nothing: a group of which one cannot be stopped is left running. */
const freeze = (targets: readonly Target[], nowMs: number, { world, tombstones, ...context }: ActionContext): Done => {
  if (!context.deadmanIsPresent()) return failed('the deadman did not acknowledge');
  if (tombstones.size + targets.length > maxTombstones) return failed('too many processes stand still');
  for (const target of targets) {
    if (!isThere(world, target)) return failed(`pid ${target.id.pid} is gone`);
    if (world.runOf(target.id.pid)?.stoppedSinceMs !== null) return failed(`pid ${target.id.pid} stands still already`);
  }
  for (const { id } of targets) {
    world.stop(id.pid, nowMs);
    tombstones.set(id.pid, { ...id, sinceMs: nowMs });
  }
  return ok;
};

const stopService = (label: string, nowMs: number, { world, tombstones }: ActionContext): Done => {
  const run = world.serviceRun(label);
  if (run === null) return failed(`no such job runs: ${label}`);
  // A job that stands still cannot handle its TERM.
  world.resume(run.pid, nowMs);
  tombstones.delete(run.pid);
  world.drain(run, nowMs);
  return ok;
};

const endProcess = (target: Target, nowMs: number, isKill: boolean, { world, tombstones }: ActionContext): Done => {
  const run = world.runOf(target.id.pid);
  if (run === null || run.start !== target.id.start) return failed(`pid ${target.id.pid} is gone`);
  world.resume(run.pid, nowMs);
  tombstones.delete(run.pid);
  if (isKill) world.end(run, nowMs);
  else world.drain(run, nowMs);
  return ok;
};

/** Nobody else has it on this machine. */
export const portOf = (address: string | null, world: World): Done => {
  const run = address === null ? null : world.listenerAt(address);
  return run === null
    ? ok
    : failed(`${holderWords({ kind: 'other', pid: run.pid, command: run.spec.command })} has it`);
};

/** Told to end for good: its service does not bring it back. */
const unload = (label: string, nowMs: number, context: ActionContext): Done => {
  const isThere = context.world.serviceRun(label) !== null;
  context.world.unload(label);
  return isThere ? stopService(label, nowMs, context) : ok;
};

const recover = (act: RecoverAct, step: RecoverDeed, nowMs: number, context: ActionContext): Done => {
  switch (step) {
    case 'stop':
      return unload(act.label, nowMs, context);
    case 'kill':
      for (const target of act.targets) endProcess(target, nowMs, true, context);
      return ok;
    case 'port':
      return portOf(act.address, context.world);
  }
};

const standIn = ({ label, primary, address }: FallbackAct, nowMs: number, { world }: ActionContext): Done => {
  if (world.serviceRun(primary) !== null) return failed(`${primary} runs`);
  const port = portOf(address, world);
  if (port.outcome !== 'ok') return port;
  world.unload(primary);
  return world.startService(label, nowMs) ? ok : failed(`${label} cannot be started`);
};

const carryOut = (act: Act, step: RecoverDeed | undefined, nowMs: number, context: ActionContext): Done => {
  switch (act.verb) {
    case 'recover':
      return recover(act, step ?? 'port', nowMs, context);
    case 'fallback':
      return standIn(act, nowMs, context);
    case 'fallback_end':
      return unload(act.label, nowMs, context);
    case 'freeze':
      return freeze(act.targets, nowMs, context);
    case 'resume':
      for (const { id } of act.targets) {
        context.world.resume(id.pid, nowMs);
        context.tombstones.delete(id.pid);
      }
      return ok;
    case 'shed':
    case 'bootout':
      return stopService(act.label, nowMs, context);
    case 'restore':
      return context.world.startService(act.label, nowMs) ? ok : failed(`${act.label} cannot be started`);
    case 'terminate':
      return endProcess(act.target, nowMs, false, context);
    case 'kill':
      return endProcess(act.target, nowMs, true, context);
    case 'purge':
    case 'unload':
      return ok;
  }
};

/** How long it takes, and what it does then. */
export const actionOf = (
  { plan, step }: { readonly plan: Plan; readonly step?: RecoverDeed },
  scripted: readonly ScriptedAct[],
  context: ActionContext,
): { readonly takesMs: number; readonly run: (nowMs: number) => Done } => {
  const script = scripted.find(
    ({ verb, target }) => verb === plan.act.verb && (target === undefined || actMatches(plan.act, target)),
  );
  const takesMs = script?.takes ?? usualActMs;
  if (script === undefined || script.outcome === 'ok')
    return { takesMs, run: (nowMs) => carryOut(plan.act, step, nowMs, context) };
  return { takesMs, run: () => ({ outcome: script.outcome, detail: script.detail }) };
};
