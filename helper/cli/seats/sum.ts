import type { AdmissionAnswer } from '../../protocol/seats.ts';
import { size } from '../figures.ts';
import { type Line, type Style, span } from '../lines.ts';
import { printable, width } from '../printable.ts';

/** The sum by which a seat is admitted, so that it can be added up by eye: what is shown adds up exactly. */

const GB = 2 ** 30;

interface Row {
  readonly text: string;
  /** As it stands in the sum, with its sign; null: not known. */
  readonly bytes: number | null;
  readonly remark: string;
}

/** Figures of one sum, all in one unit. */
interface Scale {
  readonly unit: 'GB' | 'bytes';
  /** A size in whole steps of the last place that is shown. */
  readonly steps: (bytes: number) => number;
  readonly show: (steps: number) => string;
}

const gigabytes = (decimals: number): Scale => ({
  unit: 'GB',
  steps: (bytes) => Math.round((bytes / GB) * 10 ** decimals),
  show: (steps) => (steps / 10 ** decimals).toFixed(decimals),
});

const exact: Scale = { unit: 'bytes', steps: (bytes) => Math.round(bytes), show: (steps) => String(steps) };

const scales: readonly Scale[] = [gigabytes(1), gigabytes(2), gigabytes(3), exact];

/** What is shown as left: the rounded terms added up, not the rounded rest, which may differ in its last place. */
const leftSteps = ({ steps }: Scale, terms: readonly number[]): number =>
  terms.reduce((sum, bytes) => sum + steps(bytes), 0);

/** The coarsest scale on which the figures shown say the same as the true ones. */
const scaleOf = (terms: readonly number[], slackBytes: number, peakBytes: number): Scale =>
  scales.find(
    (scale) => Math.sign(leftSteps(scale, terms) - scale.steps(peakBytes)) === Math.sign(slackBytes - peakBytes),
  ) ?? exact;

const signed = (scale: Scale, steps: number): string => `${steps < 0 ? '−' : ''}${scale.show(Math.abs(steps))}`;

const claimRemark = (scale: Scale, measured: number, declared: number): string => {
  const shown = (bytes: number): string => `${scale.show(scale.steps(bytes))} ${scale.unit}`;
  if (measured > declared) return `measured; ${shown(declared)} declared`;
  return measured === 0 ? 'declared peak; does not run' : `declared peak; ${shown(measured)} used now`;
};

const unknownLines = (seat: string, { terms }: AdmissionAnswer): readonly Line[] => {
  const shown = (bytes: number | null): string => (bytes === null ? 'not known' : size(bytes));
  return [
    [span(`  Installed: ${shown(terms.totalBytes)}`)],
    ...terms.claims.map((claim): Line => [span(`  Kept for ${printable(claim.seat)}: ${size(claim.bytes)}`)]),
    ...(terms.claimedBytes === null ? [[span('  Kept for other seats: not known')]] : []),
    [span(`  Everything else in use: ${shown(terms.otherBytes)}`)],
    [span(`  ${printable(seat)} needs: ${shown(terms.peakBytes)}`)],
  ];
};

export type Verdict = { readonly text: string; readonly style: Style };

/** "✓ Fits, with 4.7 GB to spare." in the figures of the sum above it. */
const memoryVerdict = (scale: Scale, left: number, needed: number): Verdict => {
  const gap = `${scale.show(Math.abs(left - needed))} ${scale.unit}`;
  if (left === needed) return { text: '✓ The memory is just enough.', style: 'green' };
  return left > needed
    ? { text: `✓ The memory is enough, with ${gap} to spare.`, style: 'green' }
    : { text: `✕ The memory is not enough: ${gap} short.`, style: 'red' };
};

/** Installed, less what is kept for each other seat, less everything else, is left; beside it what the seat needs. */
export const sumLines = (seat: string, admission: AdmissionAnswer): readonly Line[] => {
  const { terms, slackBytes } = admission;
  const { totalBytes, otherBytes, peakBytes, claims } = terms;
  if (slackBytes === null || totalBytes === null || otherBytes === null || peakBytes === null)
    return unknownLines(seat, admission);
  const signedTerms = [totalBytes, ...claims.map(({ bytes }) => -bytes), -otherBytes];
  const scale = scaleOf(signedTerms, slackBytes, peakBytes);
  const left = leftSteps(scale, signedTerms);
  const rows: readonly Row[] = [
    { text: 'Installed', bytes: totalBytes, remark: '' },
    ...claims.map((claim) => ({
      text: `Kept for ${printable(claim.seat)}`,
      bytes: -claim.bytes,
      remark: claimRemark(scale, claim.measuredBytes, claim.declaredBytes),
    })),
    { text: 'Everything else in use', bytes: -otherBytes, remark: '' },
  ];
  const needs = `${printable(seat)} needs (declared peak)`;
  const widest = Math.max(...[...rows.map(({ text }) => text), needs].map(width));
  const figures = [...rows.map(({ bytes }) => signed(scale, scale.steps(bytes ?? 0))), signed(scale, left)];
  const digits = Math.max(...figures.map(width), width(signed(scale, scale.steps(peakBytes))));
  const line = (text: string, figure: string, remark = ''): Line => [
    span(`  ${text}${' '.repeat(widest - width(text) + 2 + digits - width(figure))}${figure} ${scale.unit}`),
    span(remark === '' ? '' : `  ${remark}`, 'dim'),
  ];
  const verdict = memoryVerdict(scale, left, scale.steps(peakBytes));
  return [
    ...rows.map(({ text, remark }, at) => line(text, figures[at] ?? '', remark)),
    [span(`  ${'─'.repeat(widest + 2 + digits + 1 + scale.unit.length)}`, 'dim')],
    line('Left', signed(scale, left)),
    line(needs, signed(scale, scale.steps(peakBytes))),
    [span(`  ${verdict.text}`, verdict.style)],
  ];
};
