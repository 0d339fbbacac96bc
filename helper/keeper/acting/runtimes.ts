import { addressText } from '../../config/addresses.ts';
import type { Config, RuntimeConfig } from '../../config/config.ts';
import type { Host } from '../../host/port.ts';
import type { ProcessId } from '../../host/reading.ts';
import type { RuntimeLook } from '../../relief/runtimes.ts';
import type { KeeperEvent } from '../judgement/events.ts';
import type { KeeperState } from '../judgement/state.ts';
import type { Adapters } from './adapters.ts';

/**
 * Which models the runtimes of castellan.toml hold, asked while memory is short: one after the other, at most every 30 s, and
 * off the loop.
 */

export const listEveryMs = 30_000;
const limitMs = 5_000;

export interface RuntimeWatchOptions {
  readonly host: Pick<Host, 'portOwner' | 'identify' | 'clock'>;
  readonly config: () => Config;
  readonly adapters: Pick<Adapters, 'ask'>;
  readonly post: (event: KeeperEvent) => void;
  /** Why a runtime's models are not known, told once for each answer of that kind. */
  readonly warn: (text: string) => void;
}

/** Where a runtime listens, as the kernel is asked for it. */
const addressOf = ({ url }: RuntimeConfig): string => {
  const { hostname, port } = new URL(url);
  const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[(.*)\]$/, '$1');
  return addressText({ host, port: Number(port || 80) });
};

/** Returns what is to be called after each sample but the fast ones. */
export const createRuntimeWatch = ({
  host,
  config,
  adapters,
  post,
  warn,
}: RuntimeWatchOptions): ((state: KeeperState) => void) => {
  let askedMs = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  const told = new Map<string, string>();

  const serverOf = async (runtime: RuntimeConfig): Promise<ProcessId | null> => {
    const owner = (await host.portOwner?.(addressOf(runtime))) ?? null;
    const id = owner === null ? null : host.identify(owner.pid);
    return id === null || 'problem' in id ? null : id;
  };

  const look = async (runtime: RuntimeConfig): Promise<RuntimeLook> => {
    const { name, kind, url, tokenFile, cli } = runtime;
    const server = await serverOf(runtime);
    // Nobody listens: most runtimes do not run most of the time, and no child is started to find that out.
    if (server === null) return { name, server, problem: 'nobody listens at its address', models: [] };
    const reply = await adapters.ask(kind, { op: 'list', url, tokenFile, cli, limitMs });
    if (reply.ok && reply.op === 'list') return { name, server, problem: null, models: reply.models };
    const problem = reply.ok ? 'the adapter answered something else' : reply.note;
    if (told.get(name) !== problem) warn(`the models of ${name} are not known: ${problem}`);
    told.set(name, problem);
    return { name, server, problem, models: [] };
  };

  const lookAtAll = async (): Promise<void> => {
    for (const runtime of config().relief.runtimes) {
      // It can only be stopped as a whole, which nothing here decides.
      if (runtime.kind !== 'mlx_lm') post({ type: 'runtime', look: await look(runtime) });
    }
  };

  return ({ level, relief }) => {
    if (host.portOwner === undefined || config().relief.runtimes.length === 0) return;
    if (level.level === 0 && relief.ladder.step === 0) return;
    const nowMs = host.clock.nowMs();
    if (isAsking || nowMs - askedMs < listEveryMs) return;
    askedMs = nowMs;
    isAsking = true;
    lookAtAll()
      .catch((fault: unknown) => warn(`the runtimes of models cannot be looked at: ${String(fault)}`))
      .finally(() => {
        isAsking = false;
      });
  };
};
