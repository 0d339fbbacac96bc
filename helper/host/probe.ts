import { userInfo } from 'node:os';
import { type ChildEnd, createChildren } from './child.ts';
import type { ProbeResult, ProbeSpec } from './port.ts';

/** An account of this machine. */
export interface ProbeAccount {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface ProbeOptions {
  /** Effective uid of this process. */
  readonly ownUid: number;
  /** Null: there is no account of that name. May reject. */
  readonly findAccount: (name: string) => Promise<ProbeAccount | null>;
}

export interface Prober {
  /** Never rejects. */
  probe(spec: ProbeSpec): Promise<ProbeResult>;
  /** Kills what still runs. */
  close(): void;
}

const no = (detail: string): ProbeResult => ({ ok: false, detail });

/** Whom a command without a user is run as when this process is root. */
const nobody = 'nobody';

const resultOf = (end: ChildEnd, timeoutMs: number): ProbeResult => {
  switch (end.kind) {
    case 'not_started':
      return no(`the command cannot be run: ${end.detail}`);
    case 'timed_out':
      return no(`no answer within ${timeoutMs / 1000} s${end.said === '' ? '' : `: ${end.said}`}`);
    case 'ended': {
      if (end.code === 0) return { ok: true, detail: '' };
      const how = end.code === null ? (end.signal ?? 'ended') : `exit ${end.code}`;
      return no(`${how}${end.said === '' ? '' : `: ${end.said}`}`);
    }
  }
};

type Rights =
  | { readonly ok: true; readonly account: ProbeAccount | null; readonly home: string }
  | { readonly ok: false; readonly detail: string };

const ownHome = (): string => {
  try {
    return userInfo().homedir;
  } catch {
    // An account that is in no list of accounts.
    return '/';
  }
};

/** Readiness commands, with the rights of the seat's user and never those of root. */
export const createProber = ({ ownUid, findAccount }: ProbeOptions): Prober => {
  const children = createChildren();

  const rightsOf = async (user: string | null): Promise<Rights> => {
    if (user === null && ownUid !== 0) return { ok: true, account: null, home: ownHome() };
    const name = user ?? nobody;
    const account = await findAccount(name);
    if (account === null) return { ok: false, detail: `there is no account ${name}` };
    // Root's rights are for root's own programs; what answers whether a seat serves needs none.
    if (account.uid === 0)
      return { ok: false, detail: 'a readiness command is not run as root; give the seat another user' };
    if (account.uid === ownUid) return { ok: true, account: null, home: account.home };
    if (ownUid !== 0) return { ok: false, detail: `only root can run it as ${name}` };
    return { ok: true, account, home: account.home };
  };

  return {
    probe: async ({ argv, user, timeoutMs }) => {
      if (argv === null) return no('no command is given');
      try {
        const rights = await rightsOf(user);
        if (!rights.ok) return no(rights.detail);
        return resultOf(await children.run({ argv, timeoutMs, ...rights }), timeoutMs);
      } catch (error) {
        return no(`the command cannot be run: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    close: children.close,
  };
};
