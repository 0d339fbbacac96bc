import { userInfo } from 'node:os';
import type { ProbeSpec } from '../../helper/host/port.ts';

/** Without root a command can be run as oneself only; with root, as nobody. */
export const probeUser = (): string | null => (process.geteuid?.() === 0 ? null : userInfo().username);

export const shellProbe = (script: string, timeoutMs = 5_000): ProbeSpec => ({
  label: 'com.example.seat',
  argv: ['/bin/sh', '-c', script],
  user: probeUser(),
  timeoutMs,
});

/** Readiness commands that are real children of this machine. */
export const realProbes = async (): Promise<{
  readonly yes: ProbeSpec;
  readonly no: ProbeSpec;
  readonly hangs: ProbeSpec;
}> => ({
  yes: shellProbe('echo ready'),
  no: shellProbe('echo not yet >&2; exit 3'),
  hangs: shellProbe('sleep 600', 300),
});
