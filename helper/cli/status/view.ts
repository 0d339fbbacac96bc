import type { ProcessRow, Status, Tiers } from '../../protocol/status.ts';
import { summaryText } from '../containers/words.ts';
import { barColumns, duration, inGb, size } from '../figures.ts';
import { type Line, type Style, span } from '../lines.ts';
import { printable } from '../printable.ts';
import { pushText } from '../push/words.ts';
import { frozenText, gateBadge, pausedText, pendingText, shedText } from '../relief/words.ts';
import { gatewayText, gpuText, isGpuTold, seatText } from '../seats/words.ts';
import { noticeLines } from './notices.ts';
import { processLines } from './processes.ts';
import { forecastText, headroom, kernelText, levelWords, modeText, swapText, victimText } from './words.ts';

/** A status as lines for a terminal. */

const barWidth = 60;

/** From what cannot be had back to what can, as the popover stacks them. */
const tierLook: readonly { readonly tier: keyof Tiers; readonly fill: string; readonly style: Style }[] = [
  { tier: 'wired', fill: '█', style: 'red' },
  { tier: 'compressed', fill: '▓', style: 'magenta' },
  { tier: 'app', fill: '▒', style: 'blue' },
  { tier: 'cached', fill: '░', style: 'cyan' },
  { tier: 'free', fill: '·', style: 'dim' },
];

const tierLines = (tiers: Tiers | null): readonly Line[] => {
  if (tiers === null) return [[span('  memory    unknown: the sensor fails')]];
  const widths = barColumns(
    tierLook.map(({ tier }) => tiers[tier]),
    barWidth,
  );
  return [
    [span('  '), ...tierLook.map(({ fill, style }, at) => span(fill.repeat(widths[at] ?? 0), style))],
    [
      span('  '),
      ...tierLook.flatMap(({ tier, fill, style }) => [span(fill, style), span(` ${tier} ${inGb(tiers[tier])}  `)]),
      span('GB'),
    ],
  ];
};

const row = (name: string, text: string): Line => [span(`  ${name.padEnd(10)}`, 'dim'), span(text)];

const seatLines = (seats: Status['seats']): readonly Line[] => seats.map((seat) => row('seat', seatText(seat)));

const containerLines = (containers: Status['containers']): readonly Line[] => {
  const text = summaryText(containers);
  return text === null ? [] : [row('docker', printable(text))];
};

const gpuLines = (gpu: Status['gpu']): readonly Line[] =>
  gpu === null || !isGpuTold(gpu) ? [] : [row('gpu', `wired limit ${gpuText(gpu)}`)];

const reserveLines = (reserve: Status['reserve']): readonly Line[] =>
  reserve === null || reserve.keptBytes === 0
    ? []
    : [row('reserve', `${size(reserve.keptBytes)} more kept for ${reserve.for.map(printable).join(', ')}`)];

const pushLines = ({ push = [] }: Status['gateway']): readonly Line[] =>
  push.map((each) => row('push', printable(pushText(each, Date.now()))));

const badge = (status: Status): Line =>
  status.mode.name === 'dry_run' ? [span('  DRY RUN', 'yellow'), span(`, ${gateBadge(status)}`, 'dim')] : [];

export const headLine = (status: Status): Line => {
  const { word, sign, style } = levelWords[status.level.name];
  return [
    span(`${sign} ${word}`, style),
    span(`  ${headroom(status)}`, 'bold'),
    span(`  for ${duration(status.level.forSeconds)}`, 'dim'),
    ...badge(status),
  ];
};

/** What is asked, frozen or shed, and why nothing more is done. */
const reliefLines = ({ relief }: Status): readonly Line[] => {
  const pending = pendingText(relief.pending);
  const paused = pausedText(relief);
  return [
    ...(paused === null ? [] : [row('paused', paused)]),
    ...(pending === null ? [] : [[span(`  ${'pending'.padEnd(10)}`, 'dim'), span(pending, 'bold')]]),
    ...relief.frozen.map((each) => row('frozen', frozenText(each))),
    ...relief.shed.map((each) => row('shed', shedText(each))),
    row('why', printable(relief.why)),
  ];
};

/** The status tells that there is something to read, and not what. */
const adviceRows = ({ cause, answer }: Status['advice']): readonly Line[] => {
  if (cause === null) return [];
  const isNew = answer !== null && !answer.isOld;
  const what = isNew ? `a suggestion of ${answer.from}, and a runbook` : 'a runbook';
  return [row('advice', printable(`${what}: \`castellan advice\` shows it`))];
};

const victimLines = (forecast: Status['forecast']): readonly Line[] => {
  const text = victimText(forecast);
  return text === null ? [] : [row('', text)];
};

export const statusLines = (status: Status, processes: readonly ProcessRow[]): readonly Line[] => {
  const { machine, keeper } = status;
  const counted = status.processCount === null ? '' : `, ${status.processCount} processes`;
  return [
    headLine(status),
    ...tierLines(machine.tiers),
    row('swap', swapText(machine.swap)),
    row('kernel', `pressure level ${kernelText(machine.kernelLevel)}`),
    row('forecast', forecastText(status.forecast)),
    ...victimLines(status.forecast),
    ...reserveLines(status.reserve),
    ...seatLines(status.seats),
    ...gpuLines(status.gpu),
    ...containerLines(status.containers),
    row('gateway', gatewayText(status.gateway)),
    ...pushLines(status.gateway),
    row('mode', modeText(status.mode)),
    ...reliefLines(status),
    ...adviceRows(status.advice),
    row('keeper', `${keeper.version} on ${printable(keeper.os)}${counted}, up ${duration(keeper.uptimeSeconds)}`),
    ...noticeLines(status),
    [],
    ...processLines(processes),
  ];
};
