import type { JSX } from 'preact';
import type { SeatState } from '../../helper/protocol/seats.ts';
import { groupOf } from '../data/seats/seats.ts';

/** One shape for each state: it can be told without colour, and the word beside it says it to a screen reader. */

const ring = <circle cx="8" cy="8" r="5.6" />;

export const seatShapes: Readonly<Record<SeatState, JSX.Element>> = {
  absent: ring,
  admitting: <circle cx="8" cy="8" r="5.6" stroke-dasharray="1.2 2.3" />,
  starting: (
    <>
      {ring}
      <path class="solid" d="M6.5 5.2v5.6L10.8 8z" />
    </>
  ),
  loading: (
    <>
      <circle cx="8" cy="8" r="5.6" stroke-dasharray="3.2 1.2" />
      <path d="M8 10.8V5.4M5.8 7.5 8 5.2l2.2 2.3" />
    </>
  ),
  ready: <circle class="solid" cx="8" cy="8" r="5.6" />,
  busy: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <circle class="solid" cx="8" cy="8" r="3.6" />
    </>
  ),
  idle: (
    <>
      {ring}
      <path class="solid" d="M8 8V2.4A5.6 5.6 0 0 1 13.6 8z" />
    </>
  ),
  draining: (
    <>
      {ring}
      <path d="M8 5.2v5.4M5.8 8.5 8 10.8l2.2-2.3" />
    </>
  ),
  frozen: <path d="M2 4.6q1.5-1.6 3 0t3 0 3 0 3 0M2 8q1.5-1.6 3 0t3 0 3 0 3 0M2 11.4q1.5-1.6 3 0t3 0 3 0 3 0" />,
  failed: <path class="thick" d="M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8" />,
  hollow: <circle class="thick" cx="8" cy="8" r="5" />,
  doomed: (
    <>
      {ring}
      <path class="thick" d="M8 4.8v4M8 10.9v.3" />
    </>
  ),
};

export const SeatIcon = ({ state }: { readonly state: SeatState }) => (
  <svg class={`icon seat-icon is-${groupOf[state]}`} data-shape={state} viewBox="0 0 16 16" aria-hidden="true">
    {seatShapes[state]}
  </svg>
);
