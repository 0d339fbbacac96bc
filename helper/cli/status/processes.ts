import type { ProcessRow } from '../../protocol/status.ts';
import { percent, rate, size } from '../figures.ts';
import { type Line, span } from '../lines.ts';
import { printable } from '../printable.ts';

/** Processes by footprint, with what RSS would have said beside it. */

/** Below this share of the footprint RSS is worth a remark: whoever sorts by RSS does not see this process. */
const blindShare = 0.1;

const note = (row: ProcessRow): string => {
  const notes: string[] = [];
  if (row.seat !== null) notes.push(`seat ${row.seat}`);
  if (row.own) notes.push('Castellan');
  if (row.state === 'stopped' || row.state === 'zombie') notes.push(row.state);
  if (row.footprintBytes > 0 && row.rssBytes < row.footprintBytes * blindShare)
    notes.push(`RSS sees ${percent(row.rssBytes / row.footprintBytes)}`);
  return notes.join(', ');
};

/** Growth under a megabyte a second is noise. */
const grows = (row: ProcessRow): string =>
  row.growthBytesPerSecond === null || Math.abs(row.growthBytesPerSecond) < 2 ** 20
    ? ''
    : `${row.growthBytesPerSecond > 0 ? '+' : ''}${rate(row.growthBytesPerSecond)}`;

const columns = (pid: string, footprint: string, rss: string, growth: string): string =>
  `  ${pid.padStart(7)} ${footprint.padStart(10)} ${rss.padStart(9)} ${growth.padStart(11)}  `;

export const processLines = (rows: readonly ProcessRow[]): readonly Line[] => [
  [span(`${columns('PID', 'FOOTPRINT', 'RSS', 'GROWTH')}NAME`, 'dim')],
  ...rows.map((row): Line => {
    const remark = note(row);
    return [
      span(columns(String(row.pid), size(row.footprintBytes), size(row.rssBytes), grows(row))),
      span(printable(row.name), 'bold'),
      ...(remark === '' ? [] : [span(`  ${printable(remark)}`, 'cyan')]),
    ];
  }),
];
