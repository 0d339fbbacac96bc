import { setFlagsFromString } from 'node:v8';
import { findRunDirectory } from '../keeper/life/run-directory.ts';
import { findGatewayAccount } from '../keeper/server/gateway-account.ts';
import { gatewayUsage, parseGatewayArguments } from './arguments.ts';
import { type GatewayOptions, startGateway } from './gateway.ts';
import { dropPrivileges } from './privileges.ts';

/** sysexits.h: EX_USAGE, EX_CONFIG (it cannot be without rights). */
const exitCodes = { usage: 64, refused: 78 } as const;

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Its account may write nowhere: whoever runs it keeps what it says. */
const log = (text: string): void => {
  process.stderr.write(`gateway: ${text}\n`);
};

const refuse = (text: string, code: number): number => {
  process.stderr.write(`castellan gateway: ${text}\n`);
  return code;
};

/**
 * V8's first optimizing compiler is left out, whose memory stays with its thread: after some thousand requests that and what
 * else is here was 8 MB less. What is hot goes to the second one, and sooner, so that an answer takes no longer
 * (`npm run bench ensure proxy`).
 */
const compileSparingly = (): void => {
  for (const flag of ['--no-maglev', '--no-sparkplug', '--optimize-for-size', '--invocation-count-for-turbofan=300'])
    setFlagsFromString(flag);
};

/** `castellan gateway`: runs until a signal ends it. Resolves to the exit code. Its times are others in tests only. */
export const runGateway = async (
  argv: readonly string[],
  times: Pick<GatewayOptions, 'readiness' | 'health'> = {},
): Promise<number> => {
  const parsed = parseGatewayArguments(argv);
  if (parsed.kind === 'help') {
    process.stdout.write(`${gatewayUsage}\n`);
    return 0;
  }
  if (parsed.kind === 'wrong') return refuse(`${parsed.detail}\n${gatewayUsage}`, exitCodes.usage);
  compileSparingly();
  const asked = new Promise<string>((resolve) => {
    for (const signal of stopSignals) process.once(signal, () => resolve(signal));
  });
  const { runDirectory: flag, gatewayUid } = parsed.options;
  const ownUid = process.getuid?.() ?? 0;
  const ownGid = process.getgid?.() ?? 0;
  const runDirectory = findRunDirectory({ flag, platform: process.platform, uid: ownUid, env: process.env });
  const found = findGatewayAccount({ flag: gatewayUid, ownUid, ownGid });
  if (!found.ok) return refuse(found.detail, exitCodes.refused);
  // All modules are loaded by now: the account may not be able to read where they lie.
  const kept = dropPrivileges(found.account);
  if (kept !== null) return refuse(kept, exitCodes.refused);
  const gateway = startGateway({ runDirectory, ownUid: found.account.uid, log, ...times });
  log(`started, pid ${process.pid}, uid ${found.account.uid}, ${runDirectory}`);
  const why = await asked;
  await gateway.close();
  log(`stopped: ${why}`);
  return 0;
};
