import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type EventMark, type EventSign, groupMarks, type MarkGroup, markText } from '../../data/charts/events.ts';
import { Defined } from '../../parts/defined.tsx';
import { EventIcon } from '../../parts/event-icon.tsx';
import { type Plot, plotWidth, xOf } from './plot.ts';

interface Props {
  readonly plot: Plot;
  readonly events: readonly EventMark[];
  /** One of them has the focus; null: none. */
  readonly onGroup: (group: MarkGroup | null) => void;
}

/** A button's width, CSS pixels: what lies closer is one button. */
const buttonPx = 26;

const textOf = ({ marks }: MarkGroup): string =>
  [...(marks.length === 1 ? [] : [`${marks.length} events`]), ...marks.map(markText)].join('\n');

/** What a group is drawn as: the gravest of it. */
const gravest: readonly EventSign[] = ['end', 'freeze', 'less', 'asked', 'yes', 'no', 'more', 'note'];
const signOfGroup = ({ marks }: MarkGroup): EventSign =>
  gravest.find((sign) => marks.some((mark) => mark.sign === sign)) ?? 'note';

/** Acts and questions as buttons: one stop of the Tab key, arrows go from one to the next. */
export const EventsRow = ({ plot, events, onGroup }: Props) => {
  const row = useRef<HTMLDivElement>(null);
  const chosen = useSignal(0);
  const { series } = plot;
  const width = plotWidth(plot);
  const groups = groupMarks(series, events, (buttonPx / Math.max(1, width)) * series.count);
  const current = Math.min(chosen.value, Math.max(0, groups.length - 1));
  const goTo = (index: number): void => {
    chosen.value = index;
    row.current?.querySelectorAll<HTMLElement>('button')[index]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = groups.length - 1;
    const to = {
      ArrowLeft: Math.max(0, current - 1),
      ArrowRight: Math.min(last, current + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  };
  return (
    <div class="plot-row events-row" data-testid="row-events">
      <div class="row-name" style={{ width: `${plot.left}px` }}>
        <Defined of="events">Events</Defined>
      </div>
      <div
        ref={row}
        class="event-marks"
        role="toolbar"
        aria-label={groups.length === 0 ? 'Events: none in this range' : 'Events'}
        style={{ width: `${width}px` }}
        onKeyDown={onKeyDown}
      >
        {groups.map((group, index) => (
          <button
            // Columns move on with time; a button that has the focus must not be another one because of that.
            key={group.marks[0]?.atMs}
            type="button"
            class="event-mark"
            data-testid="event-mark"
            tabIndex={index === current ? 0 : -1}
            title={textOf(group)}
            aria-label={textOf(group)}
            style={{
              left: `${Math.min(width - buttonPx / 2, Math.max(buttonPx / 2, xOf(plot, group.column + 0.5)))}px`,
            }}
            onFocus={({ currentTarget }) => {
              chosen.value = index;
              onGroup(group);
              // The read-out grows by what it is told now, over the foot of the page.
              requestAnimationFrame(() => currentTarget.scrollIntoView({ block: 'nearest' }));
            }}
            onBlur={() => onGroup(null)}
            onClick={() => onGroup(group)}
          >
            <EventIcon sign={signOfGroup(group)} />
            {group.marks.length > 1 && <span class="count">{group.marks.length}</span>}
          </button>
        ))}
        {groups.length === 0 && <span class="quiet none">none in this range</span>}
      </div>
      <div class="row-value quiet">
        {events.length > 0 && `${groups.reduce((sum, { marks }) => sum + marks.length, 0)} here`}
      </div>
    </div>
  );
};
