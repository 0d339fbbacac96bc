import type { ProcessRow, Status } from '../../protocol/status.ts';
import { listedFootprintBytes, type ProcessList } from '../../protocol/verbs.ts';
import type { Terminal } from '../command.ts';
import { size, timeOfDay } from '../figures.ts';
import { type Line, paint, span } from '../lines.ts';
import { printable, printableJson } from '../printable.ts';
import { pendingText } from '../relief/words.ts';
import { byFootprint, statusOutput } from './output.ts';
import { statusLines } from './view.ts';
import type { Screen } from './watch.ts';
import { headroom, levelWords, swapText } from './words.ts';

/** The three ways a watched status is shown: drawn in place, one below another, JSON lines. */

/** The rows of a table: the whole list where it was asked for, else the largest eight of the status. */
export const rowsOf = (status: Status, list: ProcessList | null): readonly ProcessRow[] =>
  list === null ? status.top : byFootprint(list.processes);

export const inPlace = (out: Terminal): Screen => {
  let drawn = 0;
  let picture: readonly Line[] = [];
  let said: string | null = null;

  const draw = (): void => {
    const { columns, rows } = out.size();
    const lines: readonly Line[] = said === null ? picture : [...picture, [{ text: said, style: 'yellow' }]];
    // One line less than the window has: what scrolls away cannot be drawn over.
    const shown = lines.slice(0, Math.max(1, rows - 1));
    const up = drawn > 0 ? `\u001b[${drawn}A` : '';
    out.write(`${up}\r\u001b[J${shown.map((line) => `${paint(line, out.colours, columns)}\n`).join('')}`);
    drawn = shown.length;
  };

  return {
    show: (status, list) => {
      picture = statusLines(status, rowsOf(status, list));
      said = null;
      draw();
    },
    say: (text) => {
      said = printable(text);
      draw();
    },
    done: () => {},
  };
};

/** Into a file or a pipe: how often at least there is a line, and how often the whole table. */
const lineEveryMs = 10_000;
const tableEveryMs = 60_000;

const summary = (status: Status, list: ProcessList | null): string => {
  const largest = rowsOf(status, list)[0];
  const pending = pendingText(status.relief.pending);
  const parts = [
    `${timeOfDay(status.atMs)} ${levelWords[status.level.name].word}, ${headroom(status)}`,
    `swap ${swapText(status.machine.swap)}`,
    ...(largest === undefined
      ? []
      : [`largest ${printable(largest.name)} ${size(largest.footprintBytes)} (RSS ${size(largest.rssBytes)})`]),
    ...(pending === null ? [] : [pending]),
  ];
  return `${parts.join('; ')}\n`;
};

/** Set apart by empty lines, so that it is found between the summaries. */
const table = (status: Status, list: ProcessList | null, colours: boolean): string => {
  const [head = [], ...rest] = statusLines(status, rowsOf(status, list));
  const lines: readonly Line[] = [[span(`${timeOfDay(status.atMs)}  `), ...head], ...rest];
  return `\n${lines.map((line) => `${paint(line, colours)}\n`).join('')}\n`;
};

/** What is worth a table at once when it changes. */
const newsOf = ({ level, relief }: Status): string =>
  JSON.stringify([level.name, relief.pending.map(({ id }) => id), relief.frozen.map(({ freeze }) => freeze)]);

/**
 * Where nothing can be drawn over: the whole table at first, at each change of level or of what waits or is frozen, and
 * once a minute; in between a line every ten seconds.
 */
export const oneBelowAnother = (out: Terminal, nowMs: () => number): Screen => {
  let shown: string | null = null;
  let tableMs = Number.NEGATIVE_INFINITY;
  let writtenMs = Number.NEGATIVE_INFINITY;
  return {
    show: (status, list) => {
      const now = nowMs();
      const isTableDue = newsOf(status) !== shown || now - tableMs >= tableEveryMs;
      if (!isTableDue && now - writtenMs < lineEveryMs) return;
      out.write(isTableDue ? table(status, list, out.colours) : summary(status, list));
      shown = newsOf(status);
      writtenMs = now;
      if (isTableDue) tableMs = now;
    },
    say: (text) => out.write(`${printable(text)}\n`),
    done: () => {},
  };
};

/** One document a line, for each status once its processes are known; what is said goes to `err`. */
export const jsonLines = (out: Terminal, err: Terminal): Screen => {
  let shownAtMs: number | null = null;
  return {
    show: (status, list) => {
      if (list === null || status.atMs === shownAtMs) return;
      shownAtMs = status.atMs;
      const rows = list.processes.filter(({ footprintBytes }) => footprintBytes >= listedFootprintBytes);
      out.write(`${printableJson(statusOutput(status, rows), 0)}\n`);
    },
    say: (text) => err.write(`${printable(text)}\n`),
    done: () => {},
  };
};
