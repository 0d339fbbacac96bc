import { duration, size } from '../../protocol/figures.ts';
import type { Status } from '../../protocol/status.ts';
import { timeOfDay } from '../figures.ts';
import { type Line, span } from '../lines.ts';
import { printable } from '../printable.ts';
import { reliefTroubles } from '../relief/words.ts';
import { seatTroubles } from '../seats/words.ts';

/** "The machine went down without a word; seen last at 23:58, red, 0.4 GB available. The kernel gave up because …" */
const wentDownText = ({ last, report }: NonNullable<Status['wentDown']>): string => {
  const available = last?.availableBytes == null ? '' : `, ${size(last.availableBytes)} available`;
  const seen = last === null ? '' : `; seen last at ${timeOfDay(last.atMs)}, ${last.level}${available}`;
  const said = report === null ? '`castellan incidents` lists what macOS reports' : report.sentence;
  return `the machine went down without a word${seen}. ${said}`;
};

/** What is not as it should be: nothing when all is well. */
export const noticeLines = (status: Status): readonly Line[] => {
  const { level, relief, seats, gateway, facts, gaps, telemetry, config } = status;
  const said: string[] = [];
  if (level.pending !== null)
    said.push(`${level.pending.name} is being confirmed: ${duration(level.pending.inSeconds)} to go`);
  if (level.growthEscalated) said.push('the compressor grows by more than 100 MB/s, which makes orange red');
  if (status.wentDown !== null) said.push(wentDownText(status.wentDown));
  said.push(...reliefTroubles(relief));
  said.push(...seats.flatMap(seatTroubles));
  said.push(...gateway.problems.map((text) => `gateway: ${text}`));
  for (const fact of facts) said.push(`sensor ${fact.sensor} ${fact.problem}: ${fact.detail}`);
  if (gaps.count > 0) {
    const last = gaps.last === null ? '' : `, the last ${duration(gaps.last.agoSeconds)} ago`;
    const longest = gaps.last === null ? '' : ` for ${duration(gaps.last.lengthSeconds)}`;
    said.push(`${gaps.count} missed sample${gaps.count === 1 ? '' : 's'}${last}${longest}`);
  }
  if (telemetry.history !== 'ok' || telemetry.droppedRows > 0)
    said.push(`history ${telemetry.history}, ${telemetry.droppedRows} rows dropped`);
  if (telemetry.journal !== 'ok' || telemetry.lostRows > 0)
    said.push(`journal ${telemetry.journal}, ${telemetry.lostRows} rows lost`);
  if (telemetry.heartbeat !== 'ok') said.push('the heartbeat file cannot be written');
  if (config.state === 'invalid') said.push(`${config.path} is invalid and not in force`);
  for (const problem of config.problems) {
    const place = problem.line === null ? '' : `line ${problem.line}: `;
    said.push(`config ${place}${problem.message} ${problem.fix}`);
  }
  return said.map((text) => [span('  ! ', 'yellow'), span(printable(text.trim()))]);
};
