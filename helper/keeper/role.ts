import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../install/command-runner.ts';
import { forgetGatewayAccount } from '../install/gateway-account.ts';
import { failureText } from '../protocol/index.ts';
import { keeperUsage, parseKeeperArguments } from './arguments.ts';
import { type Keeper, startKeeper } from './keeper.ts';
import type { Ending } from './life/parting.ts';
import { removeData } from './life/removal-data.ts';

/** sysexits.h: EX_USAGE, EX_TEMPFAIL (another keeper is there), EX_CONFIG (the folder is not as it must be). */
const exitCodes = { usage: 64, already_running: 75, refused: 78 } as const;

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Calls of macOS that are waited for have a thread of libuv's each: pressure, accounts, signatures of files, of two clients, and the
 * jetsam snapshot. libuv has four unless it is told otherwise before the first is used, and reading files needs some, too.
 */
const threadsOnMac = '8';

/** Whoever asked for the removal unregisters the daemons within seconds; one who does not has thought better of it. */
const removalMs = 600_000;

/**
 * Removed, the keeper does nothing more, and stays until it is told to end: launchd would start another at once, which would
 * do it all again. Nobody tells it: the next one is as if nothing had been.
 */
const waitForTheEnd = async (
  { runDirectory }: Keeper,
  { removeData: withData }: Extract<Ending, { kind: 'removed' }>,
  asked: Promise<string>,
): Promise<void> => {
  const left = withData ? [...removeData(runDirectory, process.platform)] : [];
  if (withData)
    left.push(...(await forgetGatewayAccount({ platform: process.platform, runDirectory, run: runCommand })));
  const data = withData ? ' and its data removed' : '';
  // Not in the log of the run directory, which may be gone: this is the last that is heard of it.
  process.stderr.write(`castellan keeper: removed${data}; ${['waiting to be ended.', ...left].join(' ')}\n`);
  const late = new AbortController();
  await Promise.race([asked, sleep(removalMs, null, { signal: late.signal }).catch(() => null)]);
  late.abort();
};

/** `castellan keeper`: runs until a signal ends it. Resolves to the exit code. */
export const runKeeper = async (argv: readonly string[]): Promise<number> => {
  const parsed = parseKeeperArguments(argv);
  if (parsed.kind === 'help') {
    process.stdout.write(`${keeperUsage}\n`);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    process.stderr.write(`castellan keeper: ${parsed.detail}\n${keeperUsage}\n`);
    return exitCodes.usage;
  }
  if (process.platform === 'darwin') process.env.UV_THREADPOOL_SIZE = threadsOnMac;
  const asked = new Promise<string>((resolve) => {
    for (const signal of stopSignals) process.once(signal, () => resolve(signal));
  });
  // Nothing else keeps the process alive before the socket listens.
  const hold = setInterval(() => {}, 60_000);
  // Also when it throws: a keeper that failed must not stay behind, deaf to signals.
  const started = await startKeeper(parsed.options).finally(() => clearInterval(hold));
  if (!started.ok) {
    process.stderr.write(`castellan keeper: ${failureText(started.failure)}\n`);
    return started.failure.code === 'already_running' ? exitCodes.already_running : exitCodes.refused;
  }
  const { keeper } = started;
  const ending = await Promise.race([asked, keeper.ended]);
  await keeper.stop(typeof ending === 'string' ? ending : ending.kind);
  if (typeof ending !== 'string' && ending.kind === 'removed') await waitForTheEnd(keeper, ending, asked);
  return 0;
};
