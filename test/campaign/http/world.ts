import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSeatWorld } from '../../fakes/model-server-world.ts';
import { exchange } from './exchange.ts';
import { readAnswers } from './response.ts';
import { requestOf, type Target } from './target.ts';

/** A real gateway and what is behind it: whether it has come to harm, or done any. */
export interface World {
  readonly target: Target;
  /** Who died, and what was done to a seat. Empty: nobody, nothing. */
  harm(): readonly string[];
  /** That, what is not answered any more, and descriptors that stay open. */
  wrong(): Promise<readonly string[]>;
  /** Asks for the cold seat as it should be asked for: it must start, and be seen to. */
  control(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const cold = 'Codestral';
const warm = 'Cilghal';

/** Descriptors that a gateway may have more than at first: connections that are being closed at this moment. */
const spareDescriptors = 24;

const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Descriptors once what is being closed is closed. */
const settled = async (pid: number, enough: number): Promise<number> => {
  for (const endMs = performance.now() + 30_000; performance.now() < endMs; await sleep(250))
    if (descriptorsOf(pid) <= enough) break;
  return descriptorsOf(pid);
};

export const openWorld = async (): Promise<World> => {
  const ends: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const world = await startSeatWorld({ after: (end) => void ends.push(end) }, [
      { name: warm, class: 'protected' },
      { name: cold, class: 'on_call' },
    ]);
    const target: Target = { port: world.api.port, cold, warm };
    const status = async (method: string, path: string): Promise<number | null> => {
      const { received } = await exchange(target.port, Buffer.from(requestOf(target, method, path)), {
        withinMs: 60_000,
        patienceMs: 60_000,
      });
      return readAnswers(received).answers[0]?.status ?? null;
    };
    const until = async (what: string, is: () => Promise<boolean>): Promise<void> => {
      for (const endMs = performance.now() + 60_000; !(await is()); await sleep(100))
        if (performance.now() > endMs) throw new Error(`not within a minute: ${what}\n${world.said()}`);
    };
    await until(`${warm} serves`, async () => (await status('GET', `/ensure-loaded/${warm}`)) === 200);
    const descriptors = descriptorsOf(world.role('gateway').pid ?? 0);

    const isAlive = (role: 'supervisor' | 'keeper' | 'gateway'): boolean => {
      const { exitCode, signalCode, pid } = world.role(role);
      return exitCode === null && signalCode === null && existsSync(`/proc/${pid}`);
    };

    /** Somebody died, or something was done. */
    const harm = (): readonly string[] => {
      const found: string[] = [];
      for (const role of ['supervisor', 'keeper', 'gateway'] as const)
        if (!isAlive(role)) found.push(`the ${role} ended: ${world.said().slice(-2_000)}`);
      if (world.seat(cold).starts() > 0) found.push(`${cold} was started`);
      if (world.seat(warm).starts() !== 1) found.push(`${warm} was started ${world.seat(warm).starts()} times`);
      const orders = world.rows().filter((row) => JSON.stringify(row).includes(world.seat(cold).label));
      for (const row of orders.slice(0, 3)) found.push(`the audit log has ${JSON.stringify(row)}`);
      if (/unhandled|uncaught|\n {4}at /i.test(world.said()))
        found.push(`a role complained: ${world.said().slice(-2_000)}`);
      return found;
    };

    return {
      target,
      close,
      harm,
      wrong: async () => {
        const found = [...harm()];
        for (const path of ['/healthz', '/status', '/services', '/explain', '/metrics']) {
          const answered = await status('GET', path);
          if (answered !== 200) found.push(`GET ${path} is answered ${answered ?? 'with nothing'}`);
        }
        const now = await settled(world.role('gateway').pid ?? 0, descriptors + spareDescriptors);
        if (now > descriptors + spareDescriptors)
          found.push(`the gateway has ${now} descriptors, ${descriptors} at first`);
        return found;
      },
      control: async () => {
        const answered = await status('POST', `/ensure-loaded/${cold}`);
        const starts = world.seat(cold).starts();
        if (answered === 200 && starts === 1) return [];
        return [`asked for as it should be, ${cold} was answered ${answered} and started ${starts} times`];
      },
    };
  } catch (fault) {
    await close();
    throw fault;
  }
};
