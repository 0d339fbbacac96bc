import { lstatSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditPage, readAudit } from '../../journal/audit-read.ts';
import { statePath } from '../../keeper/life/run-directory.ts';
import { failure } from '../../protocol/errors.ts';
import type { Answer } from '../../protocol/session.ts';
import type { VerbArgs, VerbResult } from '../../protocol/verbs.ts';
import { type Client, connect } from '../client.ts';
import type { Place } from '../place.ts';

/**
 * Where the rows come from: the keeper, or its files where there is no keeper and we may read them. A cursor holds with
 * both, so one may follow across a restart.
 */

export type LogPage = VerbResult<'read.log'>;

export interface LogSource {
  readonly page: (args: VerbArgs<'read.log'>) => Promise<Answer<LogPage>>;
  /** Whether the last page came out of the files. */
  readonly isFiles: () => boolean;
  readonly close: () => void;
}

const rateWaitMs = 500;

export const createLogSource = (place: Place, uid: number): LogSource => {
  let client: Client | null = null;
  let fromFiles = false;

  const connected = async (): Promise<Answer<Client>> => {
    if (client !== null) return { ok: true, result: client };
    const answer = await connect(place.runDirectory, { owner: place.owner });
    if (!answer.ok) return answer;
    const { client: opened } = answer;
    client = opened;
    void opened.closed.then(() => {
      if (client === opened) client = null;
    });
    return { ok: true, result: opened };
  };

  const fromKeeper = async (args: VerbArgs<'read.log'>): Promise<Answer<LogPage>> => {
    const opened = await connected();
    if (!opened.ok) return opened;
    const answer = await opened.result.request('read.log', args);
    if (answer.ok || answer.failure.code !== 'rate_limited') return answer;
    await sleep(rateWaitMs);
    return fromKeeper(args);
  };

  return {
    page: async (args) => {
      const answer = await fromKeeper(args);
      fromFiles = false;
      if (answer.ok || answer.failure.code !== 'not_running') return answer;
      const page = await readFiles(place, uid, args);
      if (page === null) return answer;
      fromFiles = page.ok;
      return page;
    },
    isFiles: () => fromFiles,
    close: () => {
      client?.close();
      client = null;
    },
  };
};

/** Null: there is nothing there that we may read. */
const readFiles = async (
  { runDirectory }: Place,
  uid: number,
  args: VerbArgs<'read.log'>,
): Promise<Answer<LogPage> | null> => {
  const directory = statePath(runDirectory);
  let page: AuditPage;
  try {
    const seen = lstatSync(directory);
    if (!seen.isDirectory()) return null;
    // What others could have written is not read as if the keeper had.
    if ((seen.uid !== 0 && seen.uid !== uid) || (seen.mode & 0o022) !== 0)
      return { ok: false, failure: failure('untrusted_path', `${directory} belongs to uid ${seen.uid}`) };
    page = await readAudit({ directory, ...args });
  } catch {
    return null;
  }
  return { ok: true, result: { ...page, rows: [...page.rows] } };
};
