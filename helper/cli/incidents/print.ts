import type { ReportedProcess, Verdict } from '../../incidents/reports/verdict.ts';
import { levelName } from '../../protocol/status.ts';
import { size } from '../figures.ts';
import { type Line, type Style, span } from '../lines.ts';
import { lineOf } from '../log/sentence.ts';
import { printable } from '../printable.ts';
import type { IncidentOutput, IncidentsOutput } from './output.ts';

/** Reports for people. All that comes out of a report is made printable here. */

/** "2026-04-20 00:11:32", local time. */
export const moment = (wallMs: number): string => {
  const at = new Date(wallMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};

const words = {
  jetsam: { text: 'memory', style: 'yellow' },
  panic: { text: 'panic ', style: 'red' },
} as const satisfies Readonly<Record<Verdict['kind'], { readonly text: string; readonly style: Style }>>;

const plain = (text: string): Line => [span(printable(text))];

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const listLines = ({ reports, older }: IncidentsOutput): readonly Line[] => [
  ...reports.flatMap(({ path, writtenAtMs, verdict, problem }): readonly Line[] => {
    const { text, style } = verdict === null ? { text: '?     ', style: 'dim' as const } : words[verdict.kind];
    const at = moment(verdict?.at ?? writtenAtMs);
    return [
      [span(`${at}  `, 'bold'), span(text, style), span(`  ${printable(baseName(path))}`, 'dim')],
      [span(`  ${printable(verdict?.sentence ?? `Not read: ${problem ?? ''}`)}`)],
    ];
  }),
  ...(older === 0 ? [] : [plain(`${older} older ${older === 1 ? 'report is' : 'reports are'} not shown.`)]),
];

const columns = (pid: string, figures: readonly string[], band: string): string =>
  `  ${pid.padStart(7)} ${figures.map((each) => each.padStart(10)).join(' ')} ${band.padStart(5)}  `;

const figure = (bytes: number | null): string => (bytes === null ? '–' : size(bytes));

const processLine = ({ pid, bytes, peakBytes, compressedBytes, band, name, reason }: ReportedProcess): Line => [
  span(columns(pid === null ? '–' : String(pid), [bytes, peakBytes, compressedBytes].map(figure), String(band ?? '–'))),
  span(printable(name), reason === null ? 'plain' : 'bold'),
  ...(reason === null ? [] : [span(`  ended: ${printable(reason)}`, 'yellow')]),
];

const processLines = ({ top, largest, processCount }: Verdict): readonly Line[] => {
  if (processCount === null || top.length === 0) return [plain('The report has no list of processes.')];
  const head = largest?.measure === 'resident' ? 'RESIDENT' : 'FOOTPRINT';
  return [
    [span(`${columns('PID', [head, 'PEAK', 'COMPRESSED'], 'BAND')}NAME`, 'dim')],
    ...top.map(processLine),
    ...(processCount > top.length ? [plain(`  and ${processCount - top.length} more`)] : []),
    ...(largest?.measure === 'resident'
      ? [plain('A panic lists what was resident: memory that was compressed, swapped or the GPU’s is missing here.')]
      : []),
  ];
};

const limits = ({ compressor }: Verdict): readonly string[] => {
  if (compressor === null) return [];
  const { segments, pages, sizeBytes, storedBytes } = compressor;
  const share = (name: string, limit: typeof segments): readonly string[] =>
    limit === null ? [] : [`${limit.percent} % of its ${name} in use${limit.isBad ? ' (too many)' : ''}`];
  return [
    ...share('segments', segments),
    ...share('pages', pages),
    ...(sizeBytes === null ? [] : [`${size(sizeBytes)} large`]),
    ...(storedBytes === null ? [] : [`holding ${size(storedBytes)}`]),
  ];
};

const facts = (verdict: Verdict): readonly (readonly [string, string])[] => {
  const { at, atIs, bootedAt, os, memory, swap, ended } = verdict;
  const inSwap = [
    ...(swap?.files == null ? [] : [`${swap.files} swap file${swap.files === 1 ? '' : 's'}`]),
    ...(swap?.isLow == null ? [] : [swap.isLow ? 'space low' : 'space left']),
  ];
  const tiers = [
    ['free', memory?.freeBytes],
    ['wired', memory?.wiredBytes],
    ['of programs', memory?.anonymousBytes],
    ['of files', memory?.fileBackedBytes],
  ] as const;
  const inMemory = tiers.flatMap(([name, bytes]) => (bytes == null ? [] : [`${size(bytes)} ${name}`]));
  const when = at === null ? '' : `${moment(at)}${atIs === 'written' ? ', when the report was written' : ''}`;
  return [
    ['When', `${when}${bootedAt === null ? '' : `; running since ${moment(bootedAt)}`}`],
    ['System', os ?? ''],
    ['Compressor', limits(verdict).join(', ')],
    ['Swap', inSwap.join(', ')],
    ['Memory', inMemory.join(', ')],
    ['Ended', ended.map(({ code, count }) => `${count} × ${code}`).join(', ')],
  ];
};

const castellanLines = ({ castellan, verdict }: IncidentOutput): readonly Line[] => {
  const head: Line = [span('Castellan at that time', 'bold')];
  if (verdict.at === null) return [];
  if (castellan === null) return [head, plain('  No keeper answers, and its log cannot be read here.')];
  const { sample, rows } = castellan;
  const parts =
    sample === null
      ? []
      : [
          ...(sample.level === null ? [] : [levelName.options[sample.level] ?? '']),
          ...(sample.freeBytes === null ? [] : [`${size(sample.freeBytes)} free`]),
          ...(sample.wiredBytes === null ? [] : [`${size(sample.wiredBytes)} wired`]),
          ...(sample.compressedBytes === null ? [] : [`${size(sample.compressedBytes)} compressed`]),
          ...(sample.swapUsedBytes === null ? [] : [`${size(sample.swapUsedBytes)} of swap in use`]),
        ];
  return [
    head,
    ...(sample === null ? [] : [plain(`  last sample before it, ${moment(sample.atMs)}: ${parts.join(', ')}`)]),
    ...(rows ?? []).map((row): Line => [span(`  ${lineOf(row)}`)]),
    ...(rows === null
      ? [plain('  Its log is for root and the user at the console, and this account is neither.')]
      : []),
    ...(sample === null && rows?.length === 0 ? [plain('  It has nothing from that time.')] : []),
  ];
};

export const detailLines = (output: IncidentOutput): readonly Line[] => {
  const { verdict, path } = output;
  const { text, style } = words[verdict.kind];
  return [
    [span(text.trim(), style), span(`  ${printable(path)}`, 'dim')],
    [span(printable(verdict.sentence), 'bold')],
    ...(verdict.isComplete ? [] : [plain('The report is not complete: it ends early, or parts of it cannot be read.')]),
    ...facts(verdict)
      .filter(([, said]) => said !== '')
      .map(([name, said]): Line => [span(`${name.padEnd(11)}`, 'dim'), span(printable(said))]),
    [],
    ...processLines(verdict),
    ...(verdict.helped.length === 0
      ? []
      : [[], [span('What would have helped', 'bold')] as Line, ...verdict.helped.map((each) => plain(`  ${each}`))]),
    [],
    ...castellanLines(output),
  ];
};
