import { isWrong, type MacCheck, type MacNeed, type MacVerdict } from './check.ts';
import { bundleOf, type Mac } from './mac.ts';
import type { MacOutput, MacRow } from './output.ts';

/** Runs the checks one after the other: they share this machine, and one that measures must not see the work of another. */

const limitMs = 60_000;

const unmet: Readonly<Record<MacNeed, (mac: Mac) => string | null>> = {
  root: ({ uid }) => (uid === 0 ? null : 'needs root: run it again with sudo'),
  bundle: (mac) => (bundleOf(mac) === null ? 'this program is not part of Castellan.app' : null),
  'macOS 14': ({ darwinMajor }) => (darwinMajor >= 23 ? null : 'macOS has it since version 14'),
  'macOS 15': ({ darwinMajor }) => (darwinMajor >= 24 ? null : 'macOS has it since version 15'),
};

const verdictOf = async (check: MacCheck, mac: Mac): Promise<MacVerdict> => {
  const why = (check.needs ?? []).map((need) => unmet[need](mac)).find((text) => text !== null);
  if (why !== undefined && why !== null) return { state: 'skip', why };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<MacVerdict>((resolve) => {
    timer = setTimeout(
      () => resolve({ state: 'fail', seen: `no answer within ${limitMs / 1000} s`, todo: isWrong }),
      limitMs,
    );
  });
  try {
    return await Promise.race([check.run(mac), late]);
  } catch (fault) {
    return {
      state: 'fail',
      seen: `it broke: ${fault instanceof Error ? fault.message : String(fault)}`,
      todo: isWrong,
    };
  } finally {
    clearTimeout(timer);
  }
};

const rowOf = ({ id, group, title, how, expected }: MacCheck, verdict: MacVerdict): MacRow => ({
  id,
  group,
  title,
  how,
  expected,
  state: verdict.state,
  seen: verdict.state === 'skip' ? verdict.why : verdict.seen,
  todo: verdict.state === 'fail' ? verdict.todo : '',
});

const outputOf = (machine: string | null, checks: readonly MacRow[]): MacOutput => {
  const count = (state: MacRow['state']): number => checks.filter((row) => row.state === state).length;
  return { machine, checks: [...checks], passed: count('pass'), failed: count('fail'), skipped: count('skip') };
};

export const examineMac = async (
  mac: Mac,
  checks: readonly MacCheck[],
  onRow: (row: MacRow) => void = () => {},
): Promise<MacOutput> => {
  const rows: MacRow[] = [];
  for (const check of checks) {
    const row = rowOf(check, await verdictOf(check, mac));
    rows.push(row);
    onRow(row);
  }
  return outputOf(mac.host.facts.os, rows);
};

/** Elsewhere nothing of it can be seen, and nothing is said to hold. */
export const notAMac = (
  checks: readonly MacCheck[],
  why: string,
  onRow: (row: MacRow) => void = () => {},
): MacOutput => {
  const rows = checks.map((check) => rowOf(check, { state: 'skip', why }));
  for (const row of rows) onRow(row);
  return outputOf(null, rows);
};
