import type { JSX } from 'preact';
import type { HealthMark, Marked } from '../data/health/health.ts';
import { seatShapes } from './seat-icon.tsx';

/** One shape for each verdict, and one for what is not claimed: colour only repeats it, and the word stands beside it or names it. */

const tick = <path d="M3.2 8.6 6.6 12l6.2-7.6" />;

const cross = <path class="thick" d="M4 4l8 8M12 4l-8 8" />;

const shapes: Readonly<Record<HealthMark, JSX.Element>> = {
  healthy: tick,
  busy: <path d="M1.8 8h3l1.9-4.2 2.8 8.4L11.4 8h2.8" />,
  zombie: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" />
    </>
  ),
  doomed: seatShapes.doomed,
  hollow: seatShapes.hollow,
  frozen: seatShapes.frozen,
  config_error: (
    <>
      <path d="M3.5 2.2h6L12.5 5v8.8h-9z" />
      <path class="thick" d="M8 6.2v3.2M8 11.4v.3" />
    </>
  ),
  unreachable: <path d="M1.8 8h3.6M10.6 8h3.6M6.2 11.6l3.6-7.2" />,
  unknown: <circle cx="8" cy="8" r="5.6" stroke-dasharray="1.2 2.3" />,
  unchecked: <path class="thick" d="M3.4 8h.1M8 8h.1M12.6 8h.1" />,
};

/** Well as far as it was asked: a tick in a ring that is not whole. */
const partial = (
  <>
    <circle cx="8" cy="8" r="6.4" stroke-dasharray="1.2 2.2" />
    <path d="M5 8.3 7.2 10.6 11 6" />
  </>
);

export const HealthIcon = ({ marked: { mark, tone, isPartial } }: { readonly marked: Marked }) => (
  <svg class={`icon health-icon is-${tone}`} data-shape={mark} viewBox="0 0 16 16" aria-hidden="true">
    {isPartial ? partial : mark === 'unknown' && tone === 'ill' ? cross : shapes[mark]}
  </svg>
);

/** Of a channel, and of what asks: ok, fails, not said, not asked. */
const standings = {
  pass: tick,
  fail: cross,
  unknown: shapes.unknown,
  off: shapes.unchecked,
  open: shapes.unchecked,
} as const satisfies Readonly<Record<string, JSX.Element>>;

export type Standing = keyof typeof standings;

export const StandingIcon = ({ state }: { readonly state: Standing }) => (
  <svg
    class={`icon standing-icon is-${state === 'fail' ? 'ill' : state === 'pass' ? 'well' : 'open'}`}
    data-shape={state}
    viewBox="0 0 16 16"
    aria-hidden="true"
  >
    {standings[state]}
  </svg>
);
