import { failureText } from '../protocol/index.ts';
import { keeperUsage, parseKeeperArguments } from './arguments.ts';
import { startKeeper } from './keeper.ts';

/** sysexits.h: EX_USAGE, EX_TEMPFAIL (another keeper is there), EX_CONFIG (the folder is not as it must be). */
const exitCodes = { usage: 64, already_running: 75, refused: 78 } as const;

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

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
  await started.keeper.stop(await asked);
  return 0;
};
