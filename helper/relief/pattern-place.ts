/** Where in a pattern re2js stumbled: its errors carry the offending piece and not its place. */

/** What a piece of a pattern is refused with; null: it compiles. */
type Refuses = (text: string) => string | null;

/** The character, counted from 1; null when the complaint is about the pattern as a whole. */
export const faultyPlace = (text: string, complaint: string, piece: string | null, refuses: Refuses): number | null => {
  if (complaint.includes('closing )') || complaint.includes('unexpected )')) return parenthesis(text);
  if (complaint.startsWith('trailing backslash')) return text.length;
  if (piece === null || piece === '') return null;
  // The piece may occur before, where it is right: the text up to the end of the faulty one is the first that is refused.
  for (let at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, at + 1))
    if (refuses(text.slice(0, at + piece.length)) === complaint) return at + 1;
  const last = text.lastIndexOf(piece);
  return last < 0 ? null : last + 1;
};

/** The parenthesis that has no partner: the first that closes nothing, or else the last that stays open. */
const parenthesis = (text: string): number | null => {
  const open: number[] = [];
  let inClass = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (text.startsWith('\\Q', i)) {
      const end = text.indexOf('\\E', i);
      if (end < 0) break;
      i = end + 1;
    } else if (c === '\\') i += 1;
    else if (inClass) inClass = c !== ']';
    else if (c === '[') {
      inClass = true;
      // A bracket right after the opening one, or after its ^, is meant as itself.
      if (text[i + 1] === '^') i += 1;
      if (text[i + 1] === ']') i += 1;
    } else if (c === '(') open.push(i);
    else if (c === ')' && open.pop() === undefined) return i + 1;
  }
  const last = open.at(-1);
  return last === undefined ? null : last + 1;
};
