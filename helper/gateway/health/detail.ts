import { printable } from '../../cli/printable.ts';
import type { Finding, FindingCode } from '../../protocol/health.ts';

/** What is said of a seat, for people: one line, with nothing in it that steers a terminal. */

/** As many as the verb takes. */
const detailCharacters = 256;
const nameCharacters = 80;

const cut = (text: string, characters: number): string =>
  text.length > characters ? `${text.slice(0, characters - 1)}…` : text;

/** A name that a server gave. */
export const shownName = (name: string): string => `"${cut(printable(name), nameCharacters)}"`;

/** What asking came to, before it is known how long it took. */
export interface Fault {
  readonly code: Exclude<FindingCode, 'ok'>;
  readonly detail: string;
}

/** @param ms until the answer was there; null: there was none */
export const failedFinding = ({ code, detail }: Fault, ms: number | null): Finding => ({
  ok: false,
  code,
  // Cutting may leave half of a character, which `printable` then takes out.
  detail: printable(cut(detail, detailCharacters)),
  ms,
});

export const goodFinding = (detail: string, ms: number): Finding => ({
  ok: true,
  code: 'ok',
  detail: printable(cut(detail, detailCharacters)),
  ms,
});
