import type { HistoryView } from '../data/charts/history.ts';
import { ranges } from '../keys.ts';
import { rangeSpoken } from '../text/labels.ts';

interface Props {
  readonly history: HistoryView;
  /** The keys that choose one, as a hint: `⌘1 or Ctrl+1`. */
  readonly keysOf: (nth: number) => string;
}

/** How far back the charts reach. */
export const Ranges = ({ history, keysOf }: Props) => (
  <fieldset class="tabs" aria-label="Range">
    {ranges.map((range, index) => (
      <button
        key={range}
        type="button"
        data-testid={`range-${range}`}
        aria-pressed={history.range.value === range}
        aria-label={`${range}: ${rangeSpoken[range]}`}
        title={`${rangeSpoken[range]} (${keysOf(index + 1)})`}
        onClick={() => history.choose(range)}
      >
        {range}
      </button>
    ))}
  </fieldset>
);
