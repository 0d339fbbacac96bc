import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * The account the gateway runs as. Keeper and gateway find it by the same rule, each for itself: what `--gateway-uid` says,
 * else `_castellan` where the installer made it, else in development the account both run as. Of two that were started by
 * root, the gateway becomes `nobody`.
 */
export interface GatewayAccount {
  readonly uid: number;
  readonly gid: number;
}

export type FoundGatewayAccount =
  | { readonly ok: true; readonly account: GatewayAccount }
  | { readonly ok: false; readonly detail: string };

export const gatewayAccountName = '_castellan';

interface Row extends GatewayAccount {
  readonly name: string;
}

/** Accounts of /etc/passwd. On a Mac it lists only those of the system, and `nobody` as -2. */
const passwd = (): readonly Row[] => {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.split(':'))
      .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }))
      .filter(({ name }) => name !== '');
  } catch {
    return [];
  }
};

/** Asks the directory service, which on a Mac knows accounts that /etc/passwd does not. */
const idOf = (flag: '-u' | '-g', name: string): number | null => {
  try {
    const said = execFileSync('/usr/bin/id', [flag, name], {
      encoding: 'utf8',
      timeout: 2_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const id = Number(said.trim()) >>> 0;
    return said.trim() === '' ? null : id;
  } catch {
    return null;
  }
};

const byName = (name: string, rows: readonly Row[]): GatewayAccount | null => {
  const row = rows.find((one) => one.name === name);
  if (row !== undefined) return { uid: row.uid, gid: row.gid };
  if (process.platform !== 'darwin') return null;
  const [uid, gid] = [idOf('-u', name), idOf('-g', name)];
  return uid === null || gid === null ? null : { uid, gid };
};

export interface AccountSearch {
  /** Value of `--gateway-uid`. */
  readonly flag?: number | undefined;
  /** Of the process that asks. */
  readonly ownUid: number;
  readonly ownGid: number;
}

export const findGatewayAccount = ({ flag, ownUid, ownGid }: AccountSearch): FoundGatewayAccount => {
  const rows = passwd();
  if (flag !== undefined) {
    const gid = rows.find(({ uid }) => uid === flag)?.gid ?? (flag === ownUid ? ownGid : flag);
    return { ok: true, account: { uid: flag, gid } };
  }
  // Who is not root can neither become another account nor give a socket to one.
  if (ownUid !== 0) return { ok: true, account: { uid: ownUid, gid: ownGid } };
  const account = byName(gatewayAccountName, rows) ?? byName('nobody', rows);
  return account === null || account.uid === 0
    ? { ok: false, detail: `neither ${gatewayAccountName} nor nobody is an account here` }
    : { ok: true, account };
};
