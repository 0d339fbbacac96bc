import type { Exchange } from './exchange.ts';
import { readAnswers } from './response.ts';
import type { Target } from './target.ts';

/**
 * `refused`: a 4xx, or the connection is closed; nothing else. `read`: may also be a 200, because it only reads, or
 * asks for what is there.
 */
export type Expectation = 'refused' | 'read';

export interface Judgement {
  /** Statuses of the answers; `closed` without one. */
  readonly statuses: readonly (number | 'closed')[];
  readonly problems: readonly string[];
}

/** Requests that only read, whoever asks for them. */
const reads = /(^|[\r\n])(GET|HEAD) [^\r\n]*\/(status|services|explain|healthz|metrics|schema)|\/admit\/preview/;

/** What bytes may lead to, by their look: a 200 needs something in them that only reads, or a seat that serves already. */
export const expectationOf = (sent: Buffer, { warm }: Target): Expectation => {
  const text = sent.toString('latin1');
  return reads.test(text) || text.includes(`/ensure-loaded/${warm}`) ? 'read' : 'refused';
};

const statusProblem = (status: number, expected: Expectation): string | null => {
  if (status >= 400 && status < 500) return null;
  if (status === 200 && expected === 'read') return null;
  return `was answered ${status}`;
};

/** `most`: so many answers and not one more: what is in a body is no request. */
export const judge = (sent: Buffer, { received, end }: Exchange, expected: Expectation, most?: number): Judgement => {
  const problems: string[] = [];
  const text = sent.toString('latin1');
  const { answers, problem } = readAnswers(received, /^(\r\n)*HEAD /.test(text));
  if (end === 'hung') problems.push('was neither answered nor closed in time');
  if (end === 'refused') problems.push('could not connect');
  if (problem !== null && !(/(^|\n)HEAD /.test(text) && answers.length > 0)) problems.push(problem);
  const mayContinue = /100-continue/i.test(text);
  for (const { status, headers } of answers) {
    const wrong = status === 100 && mayContinue ? null : statusProblem(status, expected);
    if (wrong !== null) problems.push(wrong);
    for (const name of headers.keys())
      if (name.startsWith('access-control-')) problems.push(`was answered with ${name}`);
  }
  const final = answers.filter(({ status }) => status >= 200);
  if (most !== undefined && final.length > most) problems.push(`was answered ${final.length} times`);
  return { statuses: final.length === 0 ? ['closed'] : final.map(({ status }) => status), problems };
};
