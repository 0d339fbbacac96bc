import { readFileSync } from 'node:fs';

/** The account a job runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export type FoundAccount =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly detail: string };

const rows = (): readonly Account[] =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid, , home = '/']) => ({ name, uid: Number(uid), gid: Number(gid), home }))
    .filter(({ name, uid, gid }) => name !== '' && Number.isInteger(uid) && Number.isInteger(gid));

/** Null: no such account. Throws when the list of accounts cannot be read. */
export const namedAccount = (name: string): Account | null => rows().find((each) => each.name === name) ?? null;

/**
 * Whom a job with this UserName runs as (null: whoever the supervisor is). Only root can become somebody else. Accounts are
 * those of /etc/passwd; the group is the account's first one, and no others are joined.
 */
export const accountFor = (userName: string | null, ownUid: number): FoundAccount => {
  let known: readonly Account[];
  try {
    known = rows();
  } catch (error) {
    return { ok: false, detail: `/etc/passwd: ${error instanceof Error ? error.message : String(error)}` };
  }
  const own = known.find(({ uid }) => uid === ownUid) ?? {
    name: '',
    uid: ownUid,
    gid: process.getgid?.() ?? 0,
    home: '/',
  };
  if (userName === null || userName === own.name) return { ok: true, account: own };
  const account = known.find(({ name }) => name === userName);
  if (account === undefined) return { ok: false, detail: `UserName: there is no account ${userName}` };
  if (ownUid !== 0) return { ok: false, detail: `UserName: only root can run it as ${userName}` };
  return { ok: true, account };
};
