import type { BuildStamp } from '../../helper/protocol/build-stamp.ts';

export type Stamped =
  | { readonly ok: true; readonly stamp: BuildStamp | null }
  | { readonly ok: false; readonly problem: string };

/** Names of the variables that make a build a release; both or neither. */
export const teamVariable = 'CASTELLAN_TEAM_ID';
export const buildVariable = 'CASTELLAN_BUILD_NUMBER';

/** Read when a release is built and never by what is built. */
export function stampFrom(env: NodeJS.ProcessEnv): Stamped {
  const teamId = env[teamVariable] ?? '';
  const build = env[buildVariable] ?? '';
  if (teamId === '' && build === '') return { ok: true, stamp: null };
  if (!/^[A-Z0-9]{10}$/.test(teamId)) {
    return { ok: false, problem: `${teamVariable} is ten capital letters and digits, as developer.apple.com shows it` };
  }
  if (!/^[1-9][0-9]{0,8}$/.test(build)) {
    return { ok: false, problem: `${buildVariable} is a whole number from 1 that grows with every release` };
  }
  return { ok: true, stamp: { teamId, build: Number(build) } };
}

/** For esbuild: always given, so that what is built has one meaning whatever surrounds it when it runs. */
export const stampDefinition = (stamp: BuildStamp | null): Readonly<Record<string, string>> => ({
  CASTELLAN_BUILD_STAMP: JSON.stringify(stamp),
});
