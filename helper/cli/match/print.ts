import type { Config } from '../../config/config.ts';
import { size } from '../figures.ts';
import { type Line, span } from '../lines.ts';
import { cut, printable } from '../printable.ts';
import type { Match, MatchOutput } from './found.ts';

/** What was found, for people: two lines each, and at the end what could be written into castellan.toml. */

const MB = 2 ** 20;
/** Floors an operator would write, largest first. */
const usualFloors = [10240, 8192, 4096, 2048, 1024, 512, 256].map((megabytes) => megabytes * MB);

/** What a command line shows of itself where nothing else limits it; `--json` has all of it. */
const commandColumns = 200;

const columns = (pid: string, footprint: string, rss: string): string =>
  `  ${pid.padStart(7)} ${footprint.padStart(10)} ${rss.padStart(9)}  `;

const floors = ({ entry, aboveFreezeFloor, aboveKillFloor }: Match, config: Config | null): string | null => {
  const known = config?.relief.entries.find((each) => each.name === entry);
  if (known === undefined) return config === null ? null : 'no entry of the configuration matches it';
  const parts = [
    `${aboveFreezeFloor === true ? 'above' : 'below'} its freeze_floor of ${size(known.freezeFloorBytes)}`,
  ];
  if (known.class === 'kill_allowed')
    parts.push(`${aboveKillFloor === true ? 'above' : 'below'} its kill_floor of ${size(known.killFloorBytes)}`);
  return `entry ${known.name}: ${parts.join(', ')}`;
};

const remarks = (match: Match, config: Config | null): readonly Line[] => {
  const notes = [
    ...(match.seat === null ? [] : [span(`seat ${match.seat}`, 'cyan')]),
    ...(match.denied === null ? [] : [span(`never acted upon: ${match.denied.text}`, 'red')]),
    ...(match.denied !== null || match.askFirst.length === 0
      ? []
      : [span(`asked first: ${match.askFirst.join('; ')}`, 'yellow')]),
    ...[floors(match, config)].flatMap((text) => (text === null ? [] : [span(text)])),
  ];
  return notes.map(
    (note): Line => [span(' '.repeat(columns('', '', '').length)), { ...note, text: printable(note.text) }],
  );
};

/** The entry as it would stand in the file; single quotes unless the pattern has some. */
const snippet = ({ pattern, matches }: MatchOutput): readonly string[] => {
  const largest = matches.find((match) => match.denied === null)?.footprintBytes ?? 0;
  const floor = usualFloors.find((bytes) => bytes <= largest) ?? usualFloors.at(-1) ?? 0;
  const quoted = pattern.includes("'") ? JSON.stringify(pattern) : `'${pattern}'`;
  return [
    '[[relief.entry]]',
    'name = "…"',
    `pattern = ${quoted}`,
    'class = "freeze_only"',
    `freeze_floor = "${size(floor).replace('.0 ', ' ')}"`,
  ];
};

export const matchLines = (output: MatchOutput, config: Config | null): readonly Line[] => {
  const { matches, refused } = output;
  const plain = (text: string): Line => [span(printable(text))];
  const refusal =
    refused === null
      ? []
      : [
          [
            span(
              printable(`castellan.toml may not have this pattern: it means ${refused}, which is never acted upon.`),
              'red',
            ),
          ],
        ];
  if (matches.length === 0) return [plain('Nothing that runs now matches.'), ...refusal];
  const rows = matches.flatMap((match): readonly Line[] => [
    [
      span(columns(String(match.pid), size(match.footprintBytes), size(match.rssBytes))),
      span(printable(match.name), 'bold'),
      span(`  ${cut(printable(match.command), commandColumns)}`, 'dim'),
    ],
    ...remarks(match, config),
  ]);
  const isCovered = matches.every(({ entry, denied }) => entry !== null || denied !== null);
  return [
    [span(`${columns('PID', 'FOOTPRINT', 'RSS')}NAME  COMMAND`, 'dim')],
    ...rows,
    ...refusal,
    ...(isCovered || refused !== null
      ? []
      : [
          plain(''),
          plain('As an entry of castellan.toml (`sudo castellan config edit`):'),
          ...snippet(output).map((line) => plain(`  ${line}`)),
        ]),
  ];
};
