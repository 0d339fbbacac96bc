import * as z from 'zod/mini';
import type { Clock } from '../../host/port.ts';
import { runOwnChild } from '../../own-child.ts';
import { text } from '../../protocol/values.ts';

/**
 * What macOS reported about the end of a machine, in one sentence. Reports are read by a child of ours that gives up the rights of
 * root before it reads a byte of them (`castellan incidents`), and what it says is not believed beyond its form.
 */

const withinMs = 20_000;
const mostBytes = 2 ** 20;

/** All else that it says is for others. */
const answerSchema = z.object({
  reports: z.array(
    z.object({
      path: z.string(),
      verdict: z.nullable(
        z.object({ kind: z.enum(['jetsam', 'panic']), at: z.nullable(z.number()), sentence: z.string() }),
      ),
    }),
  ),
});

export const reportSchema = z.strictObject({ path: text(1_024), sentence: text(1_024) });
export type Report = z.infer<typeof reportSchema>;

const cut = (said: string): string => (said.length > 1_024 ? `${said.slice(0, 1_023)}…` : said);

/** A panic says more of why the machine went down than a process that was ended before it. */
export const chosenReport = (answer: z.infer<typeof answerSchema>): Report | null => {
  const known = answer.reports.flatMap(({ path, verdict }) => (verdict === null ? [] : [{ path, ...verdict }]));
  const chosen = known.find(({ kind }) => kind === 'panic') ?? known[0];
  return chosen === undefined ? null : { path: cut(chosen.path), sentence: cut(chosen.sentence) };
};

export interface ReportOptions {
  /** Wall time, ms: only reports written since then. */
  readonly sinceMs: number;
  readonly command?: readonly [string, ...string[]];
  /** Instead of the system's. */
  readonly folder?: string;
}

/** Null: there is none, or it could not be read. Never rejects. */
export const reportSince = async ({ sinceMs, command, folder }: ReportOptions): Promise<Report | null> => {
  const end = await runOwnChild({
    args: [
      'incidents',
      '--json',
      '--since',
      new Date(sinceMs).toISOString(),
      ...(folder === undefined ? [] : ['--dir', folder]),
    ],
    account: null,
    input: '',
    hears: 'stdout',
    limitMs: withinMs,
    mostBytes,
    command,
  });
  if (end.kind !== 'ended') return null;
  try {
    const read = answerSchema.safeParse(JSON.parse(end.said.toString('utf8')));
    return read.success ? chosenReport(read.data) : null;
  } catch {
    return null;
  }
};

export interface CrashReportOptions {
  /** The moment the machine was seen last, wall time in ms; null: nobody looks. */
  readonly lastSeenMs: number | null;
  readonly clock: Pick<Clock, 'nowMs' | 'at'>;
  readonly read?: (sinceMs: number) => Promise<Report | null>;
}

/** macOS writes a panic's report minutes after the next start, and that of a process it ended up to a quarter of an hour. */
const lookAtMs = [2_000, 60_000, 300_000, 1_200_000] as const;
/** Clocks of before a crash and after it may differ a little. */
const slackMs = 600_000;

/** Looks for a report a few times, until there is one. */
export const watchCrashReport = ({
  lastSeenMs,
  clock,
  read = (sinceMs) => reportSince({ sinceMs }),
}: CrashReportOptions): { readonly report: () => Report | null; readonly close: () => void } => {
  let report: Report | null = null;
  const startedMs = clock.nowMs();
  const cancels =
    lastSeenMs === null
      ? []
      : lookAtMs.map((afterMs) =>
          clock.at(startedMs + afterMs, () => {
            if (report !== null) return;
            void read(lastSeenMs - slackMs).then((found) => {
              report ??= found;
            });
          }),
        );
  return {
    report: () => report,
    close: () => {
      for (const cancel of cancels) cancel();
    },
  };
};
