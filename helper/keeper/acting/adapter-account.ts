import type { HostKind } from '../../host/port.ts';
import { type RunCommand, runCommand } from '../../install/command-runner.ts';

/** Whose rights an adapter gets: never root's. */

export interface AdapterAccount {
  readonly uid: number;
  readonly gid: number;
}

export type FoundAdapterAccount =
  /** Null: those of the keeper itself, which is not root. */
  { readonly ok: true; readonly account: AdapterAccount | null } | { readonly ok: false; readonly detail: string };

export interface AdapterAccountOptions {
  readonly hostKind: HostKind;
  /** Of the keeper. */
  readonly ownUid: number;
  /** The user at the console; null: nobody is. */
  readonly consoleUid: () => number | null;
  readonly run?: RunCommand;
}

/** On both systems; asks the directory service, where people of a Mac are. */
const idProgram = '/usr/bin/id';

/**
 * The user at the console of a Mac, whose runtimes and tokens they are. With nobody there, and on Linux, where the console says
 * nothing: `nobody`. Asked anew each time, because users are switched; groups are remembered.
 */
export const createAdapterAccount = ({
  hostKind,
  ownUid,
  consoleUid,
  run = runCommand,
}: AdapterAccountOptions): (() => Promise<FoundAdapterAccount>) => {
  const groups = new Map<number, number>();
  let nobody: AdapterAccount | null = null;

  const idOf = async (flag: '-u' | '-g', of: string): Promise<number | null> => {
    const { code, output } = await run(idProgram, [flag, of]);
    const text = output.trim();
    // macOS calls nobody −2.
    return code === 0 && /^-?\d{1,10}$/.test(text) ? Number(text) >>> 0 : null;
  };

  const theNobody = async (): Promise<AdapterAccount | null> => {
    if (nobody !== null) return nobody;
    const [uid, gid] = [await idOf('-u', 'nobody'), await idOf('-g', 'nobody')];
    if (uid === null || gid === null || uid === 0) return null;
    nobody = { uid, gid };
    return nobody;
  };

  return async () => {
    if (ownUid !== 0) return { ok: true, account: null };
    const uid = hostKind === 'darwin' ? consoleUid() : null;
    if (uid === null || uid === 0) {
      const account = await theNobody();
      return account === null ? { ok: false, detail: 'there is no account nobody' } : { ok: true, account };
    }
    const gid = groups.get(uid) ?? (await idOf('-g', String(uid)));
    if (gid === null) return { ok: false, detail: `the group of uid ${uid} is not known` };
    groups.set(uid, gid);
    return { ok: true, account: { uid, gid } };
  };
};
