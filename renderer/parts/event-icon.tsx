import type { EventSign } from '../data/charts/events.ts';

/** Lines of a 16×16 icon for each kind of event. The words beside, or in the label, say it. */
const paths: Readonly<Record<EventSign, string>> = {
  freeze: 'M2 5c2-2 4 2 6 0s4 2 6 0M2 8.5c2-2 4 2 6 0s4 2 6 0M2 12c2-2 4 2 6 0s4 2 6 0',
  less: 'M8 2.5v8M4.5 7.5 8 11l3.5-3.5M3.5 13.5h9',
  more: 'M8 11V3M4.5 6 8 2.5 11.5 6M3.5 13.5h9',
  end: 'M4 4l8 8M12 4l-8 8',
  asked: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.700M8 12.600v.6',
  yes: 'M3.5 8.5 7 12l5.5-7.5',
  no: 'M3.5 8h9',
  note: 'M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 1 0 0-9',
};

export const EventIcon = ({ sign }: { readonly sign: EventSign }) => (
  <svg viewBox="0 0 16 16" class="icon event-icon" aria-hidden="true">
    <path d={paths[sign]} />
  </svg>
);
