import { type Line, type Style, span } from '../../lines.ts';
import { printable } from '../../printable.ts';
import { macGroups } from './check.ts';
import type { MacOutput, MacRow } from './output.ts';

const look: Readonly<Record<MacRow['state'], { readonly word: string; readonly style: Style }>> = {
  pass: { word: 'pass', style: 'green' },
  fail: { word: 'FAIL', style: 'red' },
  skip: { word: 'skip', style: 'dim' },
};

const indented = (text: string): readonly Line[] => text.split('\n').map((line) => [span(`      ${printable(line)}`)]);

export const macRowLines = ({ id, state, title, how, expected, seen, todo }: MacRow): readonly Line[] => {
  const { word, style } = look[state];
  const head: Line = [span(word, style), span('  '), span(title, 'bold'), span(`  ${id}`, 'dim')];
  return [
    head,
    ...indented(seen),
    ...(state === 'fail'
      ? [...indented(`expected: ${expected}`), ...indented(`by: ${how}`), ...indented(`→ ${todo}`)]
      : []),
  ];
};

/** Where nothing was looked at: what would be. */
export const unseenRowLines = ({ id, title, how }: MacRow): readonly Line[] => [
  [span('skip', 'dim'), span('  '), span(title, 'bold'), span(`  ${id}`, 'dim')],
  ...indented(how),
];

export const macGroupLine = (row: MacRow, before: MacRow | null): readonly Line[] =>
  before?.group === row.group
    ? []
    : [...(before === null ? [] : [[span('')]]), [span(macGroups[row.group as keyof typeof macGroups], 'bold')]];

export const macEndLines = ({ machine, passed, failed, skipped }: MacOutput): readonly Line[] => [
  [span('')],
  [
    span(
      machine === null
        ? 'Nothing was checked: this is not a Mac.'
        : `${printable(machine)}: ${passed} passed, ${failed} failed, ${skipped} skipped.`,
      failed > 0 ? 'red' : 'plain',
    ),
  ],
  [span('What cannot be seen by a program is in docs/mac-checklist.md.')],
];
