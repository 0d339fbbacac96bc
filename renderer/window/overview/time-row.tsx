import { timeTicks } from '../../data/charts/axis.ts';
import { timeOfDay } from '../../text/format.ts';
import { type Plot, plotWidth } from './plot.ts';

/** Time before now under all rows, and the time of day at both ends. */
export const TimeRow = ({ plot }: { readonly plot: Plot }) => {
  const { series } = plot;
  const width = plotWidth(plot);
  const ticks = timeTicks(series.range);
  return (
    <div class="time-row quiet" aria-hidden="true" style={{ marginLeft: `${plot.left}px`, width: `${width}px` }}>
      {ticks.map(({ at, text }) => (
        <span key={text} style={{ left: `${at * 100}%`, transform: `translateX(${-at * 100}%)` }}>
          {at === 0 ? `${timeOfDay(series.fromMs).slice(0, 5)} (${text})` : text}
        </span>
      ))}
    </div>
  );
};
