import type { Config, SeatConfig } from './config.ts';
import type { Path } from './lines.ts';
import type { Finding, RuleContext } from './rules.ts';

/** What more than one rule needs. */

/** "; the other is in line 12". */
export const otherIn = (line: number | null): string => (line === null ? '' : `; the other is in line ${line}`);

/** Every value that occurs a second time, without regard to case, with the place of the first. */
export const repeated = (
  values: readonly string[],
  pathOf: (i: number) => Path,
  { lineOf }: RuleContext,
  tell: (value: string, other: string) => { readonly message: string; readonly fix: string },
): readonly Finding[] => {
  const first = new Map<string, number>();
  return values.flatMap((value, i) => {
    const before = first.get(value.toLowerCase());
    if (before === undefined) {
      first.set(value.toLowerCase(), i);
      return [];
    }
    return [{ paths: [pathOf(i)] as const, ...tell(value, otherIn(lineOf(pathOf(before)))) }];
  });
};

export const eachSeat =
  (find: (seat: SeatConfig, path: Path, context: RuleContext) => Finding | readonly Finding[] | null) =>
  ({ seats }: Config, context: RuleContext): readonly Finding[] =>
    seats.flatMap((seat, i) => find(seat, ['seat', i], context) ?? []);
