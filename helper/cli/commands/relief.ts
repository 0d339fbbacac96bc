import type { Status } from '../../protocol/status.ts';
import { ask } from '../ask.ts';
import { type Command, failed, jsonOption, runDirOption } from '../command.ts';
import { timeOfDay } from '../figures.ts';
import { twoColumns } from '../help.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';
import {
  activityText,
  frozenText,
  gateNow,
  pausedText,
  pendingText,
  reliefTroubles,
  shedText,
} from '../relief/words.ts';
import { modeText } from '../status/words.ts';

const reliefLines = ({ mode, relief }: Status): readonly string[] => {
  const { deadman, why, pending, frozen, shed, activity } = relief;
  const paused = pausedText(relief);
  const rows: readonly (readonly [string, string])[] = [
    ['mode', modeText(mode)],
    ['gate', gateNow({ mode, relief })],
    ...(paused === null ? [] : [['paused', paused] as const]),
    ['deadman', deadman.replace('_', ' ')],
    ['why', why],
    ['pending', pendingText(pending) ?? 'nothing'],
    ...(frozen.length === 0 ? [['frozen', 'nothing'] as const] : []),
    ...frozen.map((each) => ['frozen', frozenText(each)] as const),
    ...(shed.length === 0 ? [['shed', 'nothing'] as const] : []),
    ...shed.map((each) => ['shed', shedText(each)] as const),
    ...reliefTroubles(relief).map((text) => ['!', text] as const),
    ...activity.map((each) => ['done', activityText(each, timeOfDay(each.atMs))] as const),
  ];
  return twoColumns(rows);
};

export const reliefCommand: Command = {
  name: 'relief',
  summary: 'gate, mode, what is frozen, shed or left alone, and what was done last',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'A process is resumed by its freeze number, a plan marked as wrong by its plan number: both stand here, those of what would be asked in `castellan pending`, too.',
  ],
  run: async (parsed, io) => {
    const answer = await ask(placeOf(parsed, io), 'read.status', {});
    if (!answer.ok) return failed(answer.failure);
    const { mode, relief } = answer.result;
    return tell(parsed, io, { mode, relief }, reliefLines(answer.result));
  },
};
