/**
 * The symbols that a text stub (`.tbd`, version 4) of a library of macOS lists for Macs with Apple Silicon. It is a small
 * part of YAML: lists of `targets` followed by `symbols`, over and over, in one document for each library that is
 * exported again.
 */
export const stubSymbols = (text: string, target = 'arm64-macos'): ReadonlySet<string> => {
  const symbols = new Set<string>();
  for (const [, targets = '', listed = ''] of text.matchAll(
    /targets:\s*\[([^\]]*)\]\s*\n\s*symbols:\s*\[([^\]]*)\]/g,
  )) {
    if (!words(targets).includes(target)) continue;
    for (const symbol of words(listed)) symbols.add(symbol);
  }
  return symbols;
};

const words = (list: string): readonly string[] =>
  list
    .split(',')
    .map((word) => word.trim().replace(/^['"]|['"]$/g, ''))
    .filter((word) => word !== '');
