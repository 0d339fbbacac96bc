import type { Io } from '../../command.ts';
import { type Line, paint } from '../../lines.ts';
import type { Place } from '../../place.ts';
import { printableJson } from '../../printable.ts';
import { examineMac, notAMac } from './examine.ts';
import type { Mac } from './mac.ts';
import type { MacOutput, MacRow } from './output.ts';
import { macEndLines, macGroupLine, macRowLines, unseenRowLines } from './print.ts';
import { macChecks } from './table.ts';

/** Opens the Mac this runs on; null: it runs on none. */
export type OpenMac = (place: Place) => Promise<Mac | null>;

const openThisMac: OpenMac = async (place) =>
  // The native libraries are a Mac's.
  process.platform === 'darwin' ? (await import('./open.ts')).openMac(place) : null;

export interface ShowOptions {
  readonly isJson: boolean;
  readonly open?: OpenMac | undefined;
}

/** Prints each row as it is known: together the checks take half a minute. */
export const showMac = async (place: Place, io: Io, options: ShowOptions): Promise<MacOutput> => {
  const { isJson, open = openThisMac } = options;
  const show = (lines: readonly Line[]): void => {
    if (!isJson) for (const line of lines) io.out.write(`${paint(line, io.out.colours)}\n`);
  };
  const mac = await open(place);
  let before: MacRow | null = null;
  const onRow = (row: MacRow): void => {
    show([...macGroupLine(row, before), ...(mac === null ? unseenRowLines : macRowLines)(row)]);
    before = row;
  };
  try {
    const output =
      mac === null
        ? notAMac(macChecks, 'This is not a Mac; nothing was looked at.', onRow)
        : await examineMac(mac, macChecks, onRow);
    show(macEndLines(output));
    if (isJson) io.out.write(`${printableJson(output, 2)}\n`);
    return output;
  } finally {
    await mac?.host.close();
  }
};
