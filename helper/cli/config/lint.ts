import type { CheckedConfig } from '../../config/load.ts';
import { nativeHostKind, openHost } from '../../host/open.ts';
import { loginUidsFrom } from '../../relief/denials.ts';
import { type LintFacts, lintPolicy } from '../../relief/lint.ts';
import { lintPlists, type PlistPlaces } from './lint-plists.ts';
import type { ConfigOutput } from './output.ts';

/** Holds a valid configuration against the machine this runs on. */

type Valid = Extract<CheckedConfig, { readonly state: 'valid' }>;

/** What runs here, read without a keeper; nothing where that cannot be read, so that only the file itself is judged. */
const factsHere = async (): Promise<LintFacts> => {
  const kind = nativeHostKind(process.platform);
  try {
    const host = await openHost(kind);
    try {
      return {
        processes: host.readProcesses().processes,
        // Not known on Linux: the supervisor that runs them has not been asked. A Mac's first answer comes later.
        services: host.services.pids(),
        firstLoginUid: loginUidsFrom(kind),
      };
    } finally {
      await host.close();
    }
  } catch {
    return { processes: null, services: null };
  }
};

export interface LintHere {
  readonly findings: ConfigOutput['lint'];
  /** What could not be held against this machine, in a sentence; null: nothing. */
  readonly unchecked: string | null;
}

export const lintHere = async ({ config, place }: Valid, places: PlistPlaces): Promise<LintHere> => {
  const { relief } = config;
  const lists = lintPlists(config, places).flatMap(({ severity, code, ...finding }) =>
    place([finding]).map((problem) => ({ ...problem, severity, code })),
  );
  const labels = relief.services.length + relief.dependsOn.length;
  if (relief.entries.length === 0 && labels === 0) return { findings: lists, unchecked: null };
  const facts = await factsHere();
  const findings = lintPolicy(config, facts).flatMap(({ severity, code, path, message, fix }) =>
    place([{ paths: [path], message, fix }]).map((problem) => ({ ...problem, severity, code })),
  );
  const unchecked =
    labels > 0 && facts.services === null ? 'Labels of services are not checked here: no supervisor answers.' : null;
  return { findings: [...findings, ...lists], unchecked };
};
