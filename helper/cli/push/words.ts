import { duration } from '../../protocol/figures.ts';
import type { PushStatus } from '../../protocol/push.ts';

/** How alerts get out of this machine, in words. */

const ago = (ms: number | null, wallMs: number): string =>
  ms === null ? 'none was taken yet' : `the last was taken ${duration(Math.max(0, wallMs - ms) / 1000)} ago`;

const counts = ({ waiting, dropped, refused }: PushStatus): readonly string[] => [
  ...(waiting > 0 ? [`${waiting} ${waiting === 1 ? 'waits' : 'wait'}`] : []),
  ...(dropped > 0 ? [`${dropped} dropped`] : []),
  ...(refused > 0 ? [`${refused} refused`] : []),
];

/** "phone (ntfy, from critical): https://ntfy.example/…, the last was taken 3 min ago". */
export const pushText = (row: PushStatus, wallMs: number): string => {
  const { name, kind, at, level, deliveredMs } = row;
  return [`${name} (${kind}, from ${level}): ${at}`, ago(deliveredMs, wallMs), ...counts(row)].join(', ');
};

/** Why it does not work now; null: the last attempt did, or there was none. */
export const pushTrouble = ({ last }: PushStatus): string | null => (last === null || last.ok ? null : last.detail);
