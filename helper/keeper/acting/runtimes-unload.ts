import type { AdapterReply } from '../../adapters/wire.ts';
import type { Config } from '../../config/config.ts';
import type { Host } from '../../host/port.ts';
import { processKey } from '../../host/reading.ts';
import type { UnloadAct } from '../../relief/acts.ts';
import type { ActOutcome } from './actuator.ts';
import type { Adapters } from './adapters.ts';

/** Carries out an unload: the adapter asks and looks again. What came of it is measured later, whatever it says. */

export type Unload = (act: UnloadAct, by: 'automatic' | 'operator') => Promise<ActOutcome>;

export interface UnloadOptions {
  readonly adapters: Pick<Adapters, 'ask'>;
  readonly host: Pick<Host, 'identify'>;
  readonly config: () => Config;
}

/** With start and end it stays below the 10 s after which an effect counts as timed out. */
const limitMs = 8_000;

const outcomeOf = (act: UnloadAct, reply: AdapterReply): ActOutcome => {
  const name = `${act.model} of ${act.runtime}`;
  // Killed in the middle: it may have asked.
  if (!reply.ok) return { outcome: reply.code === 'too_late' ? 'timed_out' : 'failed', detail: reply.note };
  if (reply.op !== 'unload') return { outcome: 'failed', detail: 'the adapter answered something else' };
  const more = reply.note === '' ? '' : `; ${reply.note}`;
  switch (reply.seen) {
    case 'gone':
      return { outcome: 'ok', detail: `${name} is not listed any more${more}` };
    case 'listed':
      return { outcome: 'ok', detail: `${name} has been asked for, and is still listed${more}` };
    case 'unknown':
      return { outcome: 'timed_out', detail: `${name} has been asked for, and nothing was heard any more${more}` };
    case 'absent':
      return { outcome: 'withdrawn', detail: `${name} is not loaded any more` };
    case 'busy':
      return { outcome: 'withdrawn', detail: `${name} answers somebody now` };
  }
};

const isThere = ({ host }: UnloadOptions, { server }: UnloadAct): boolean => {
  const now = host.identify(server.pid);
  return !('problem' in now) && processKey(now) === processKey(server);
};

export const createUnload =
  (options: UnloadOptions): Unload =>
  async (act, by) => {
    const runtime = options.config().relief.runtimes.find(({ name }) => name === act.runtime);
    if (runtime === undefined) return { outcome: 'failed', detail: `${act.runtime} is not in castellan.toml any more` };
    if (!isThere(options, act)) return { outcome: 'withdrawn', detail: `${act.runtime} has ended` };
    const reply = await options.adapters.ask(runtime.kind, {
      op: 'unload',
      url: runtime.url,
      tokenFile: runtime.tokenFile,
      cli: runtime.cli,
      limitMs,
      model: act.model,
      instance: act.instance,
      // What the operator approved, he approved of a model that was said to be in use.
      evenBusy: by === 'operator' || runtime.withoutAsking,
    });
    return outcomeOf(act, reply);
  };
