import { printable } from '../../cli/printable.ts';
import type { Finding, FindingCode } from '../../protocol/health.ts';
import { shortened } from '../../protocol/shortened.ts';

/** What is said of a seat, for people: one line, with nothing in it that steers a terminal. */

/** As many as the verb takes. */
const detailCharacters = 256;
const nameCharacters = 80;

/** A name that a server gave. */
export const shownName = (name: string): string => `"${shortened(printable(name), nameCharacters)}"`;

/** What asking came to, before it is known how long it took. */
export interface Fault {
  readonly code: Exclude<FindingCode, 'ok'>;
  readonly detail: string;
}

/** @param ms until the answer was there; null: there was none */
export const failedFinding = ({ code, detail }: Fault, ms: number | null): Finding => ({
  ok: false,
  code,
  detail: printable(shortened(detail, detailCharacters)),
  ms,
});

export const goodFinding = (detail: string, ms: number): Finding => ({
  ok: true,
  code: 'ok',
  detail: printable(shortened(detail, detailCharacters)),
  ms,
});
