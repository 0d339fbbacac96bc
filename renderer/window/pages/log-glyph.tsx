import type { LogGlyph } from '../../data/log/words.ts';

/** What a row of the log is about, by shape; the word beside it says it. */
const paths: Readonly<Record<LogGlyph, string>> = {
  freeze: 'M5 3v10M11 3v10',
  resume: 'M5 3l7 5-7 5z',
  shed: 'M8 3v9M4 8.5 8 12.5l4-4',
  restore: 'M8 13V4M4 7.5 8 3.5l4 4',
  end: 'M4.5 4.5h7v7h-7z',
  purge: 'M3 5h10M5 8h6M7 11h2',
  seat: 'M3 6h10v6H3zM5 6V4h6v2',
  setting: 'M3 5h6M11 5h2M3 11h2M7 11h6M10 3.5v3M6 9.5v3',
  operator: 'M8 3a2.2 2.2 0 1 1 0 4.4A2.2 2.2 0 0 1 8 3M3.5 13c.6-3 2.3-4 4.5-4s3.9 1 4.5 4',
  keeper: 'M8 2.5 13 4.500v3.500c0 3-2 4.6-5 5.5-3-.9-5-2.5-5-5.500V4.500z',
  refused: 'M4 4l8 8M12 4l-8 8',
  noticed: 'M2.5 8S4.5 4.5 8 4.5 13.5 8 13.5 8 11.5 11.5 8 11.5 2.5 8 2.5 8M8 7v2',
  gap: 'M3 8h2M7 8h2M11 8h2',
};

export const VerbGlyph = ({ glyph }: { readonly glyph: LogGlyph }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" data-glyph={glyph}>
    <path d={paths[glyph]} />
  </svg>
);
