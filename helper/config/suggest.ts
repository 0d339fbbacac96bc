/** Number of insertions, deletions, replacements and swaps of neighbours that make `a` into `b`; both are cut at 48. */
export const editDistance = (a: string, b: string): number => {
  const from = [...a.slice(0, 48)];
  const to = [...b.slice(0, 48)];
  let before: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (const [i, x] of from.entries()) {
    const row = [i + 1];
    for (const [j, y] of to.entries()) {
      const changed = (previous[j] ?? 0) + (x === y ? 0 : 1);
      const swapped = i > 0 && j > 0 && x === to[j - 1] && from[i - 1] === y ? (before[j - 1] ?? 0) + 1 : changed;
      row.push(Math.min(changed, swapped, (previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    before = previous;
    previous = row;
  }
  return previous.at(-1) ?? 0;
};

/** The known word that was probably meant, or null when none is near enough (a third of its letters, at least one). */
export const didYouMean = (word: string, known: readonly string[]): string | null => {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  let best: { readonly word: string; readonly distance: number } | null = null;
  for (const candidate of known) {
    const distance = editDistance(plain(word), plain(candidate));
    if (distance > Math.max(1, Math.floor(candidate.length / 3))) continue;
    if (best === null || distance < best.distance) best = { word: candidate, distance };
  }
  return best?.word ?? null;
};
