import type { LevelName } from '../../helper/protocol/status.ts';
import { levelCorners, svgPoints } from '../chart/shapes.ts';

/** Glyphs, all hidden from screen readers: the word beside each says it. */

export const LevelGlyph = ({ level }: { readonly level: LevelName | null }) => {
  const corners = level === null ? null : levelCorners[level];
  return (
    <svg key={level ?? 'none'} class={`glyph ${level ?? 'none'}`} viewBox="0 0 16 16" aria-hidden="true">
      {corners === null ? <circle cx="8" cy="8" r="5.6" /> : <polygon points={svgPoints(corners, 8, 8, 7)} />}
    </svg>
  );
};

export const PinIcon = () => (
  <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
    <path d="M5.5 2h5M6.5 2v4.5L4.5 9h7l-2-2.5V2M8 9v5" />
  </svg>
);

export const CloseIcon = () => (
  <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
    <path d="M4 4l8 8M12 4l-8 8" />
  </svg>
);

export const WindowIcon = () => (
  <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
    <path d="M9.5 2.5h4v4M13.5 2.5 8.5 7.5M6.5 4H3v9h9V9.5" />
  </svg>
);

/** Three sliders. */
export const SettingsIcon = () => (
  <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
    <path d="M2 4h5M10 4h4M2 8h2.5M7.5 8H14M2 12h7M12 12h2M8.5 2.5v3M6 6.5v3M10.5 10.5v3" />
  </svg>
);

export const BackIcon = () => (
  <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
    <path d="M10 3 5 8l5 5" />
  </svg>
);

/** Points down where its part is open: the style turns it. */
export const ExpandIcon = () => (
  <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
    <path d="m6 3.5 4.5 4.5L6 12.5" />
  </svg>
);

export const HeartIcon = () => (
  <svg viewBox="0 0 16 16" class="icon heart" aria-hidden="true">
    <path d="M8 13.2 3.2 8.4a3 3 0 0 1 4.3-4.2l.5.5.5-.5a3 3 0 0 1 4.3 4.2z" />
  </svg>
);

export const WarnIcon = () => (
  <svg viewBox="0 0 16 16" class="icon" aria-hidden="true">
    <path d="M8 2.5 14 13H2zM8 6.5v3M8 11v.6" />
  </svg>
);
