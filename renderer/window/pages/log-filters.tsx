import { type LogFilters, verbsIn } from '../../data/log/filters.ts';
import type { LogModel } from '../../data/log/model.ts';
import { shorten } from '../../text/format.ts';
import { notAnswering } from '../../text/helper-words.ts';
import { levelNames, levelWord } from '../../text/levels.ts';

interface ChoiceProps {
  readonly label: string;
  readonly testid: string;
  readonly value: string | null;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly onChoose: (value: string | null) => void;
}

const any = '';

const Choice = ({ label, testid, value, options, onChoose }: ChoiceProps) => (
  <label class="filter">
    <span class="quiet">{label}</span>
    <select
      data-testid={testid}
      value={value ?? any}
      onChange={({ currentTarget }) => onChoose(currentTarget.value === any ? null : currentTarget.value)}
    >
      <option value={any}>any</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.text}
        </option>
      ))}
    </select>
  </label>
);

interface Props {
  readonly log: LogModel;
  readonly seats: readonly string[];
  /** How many entries the filters leave; null: there are none. */
  readonly matching: number | null;
  /** The keeper answers: only it can read all there is. */
  readonly live: boolean;
}

const exportTitle = ({ matching, live }: Pick<Props, 'matching' | 'live'>, format: string): string => {
  if (matching === 0) return 'Nothing read so far matches the filters';
  if (matching !== null) return `What matches the filters, as far as it has been read, into a ${format} file`;
  return live ? `All rows there are, not only those shown, into a ${format} file` : notAnswering;
};

/** What is shown of the log, and the same or all of it into a file. */
export const LogFilterBar = ({ log, seats, matching, live }: Props) => {
  const filters: LogFilters = log.filters.value;
  const verbs = verbsIn(log.entries.value);
  const isBusy = log.exporting.value;
  const mayExport = matching === null ? live : matching > 0;
  return (
    <fieldset class="row filters" aria-label="Filter the log">
      <label class="filter filter-text">
        <span class="quiet">Text</span>
        <input
          type="search"
          data-testid="log-text"
          value={filters.text}
          maxLength={200}
          onInput={({ currentTarget }) => log.filter({ text: currentTarget.value })}
        />
      </label>
      <Choice
        label="Level"
        testid="log-filter-level"
        value={filters.level}
        options={levelNames.map((level) => ({ value: level, text: levelWord[level] }))}
        onChoose={(value) => log.filter({ level: levelNames.find((level) => level === value) ?? null })}
      />
      <Choice
        label="What"
        testid="log-filter-verb"
        value={filters.verb}
        options={verbs.map((verb) => ({ value: verb, text: shorten(verb, 40) }))}
        onChoose={(verb) => log.filter({ verb })}
      />
      <Choice
        label="Seat"
        testid="log-filter-seat"
        value={filters.seat}
        options={seats.map((seat) => ({ value: seat, text: shorten(seat, 40) }))}
        onChoose={(seat) => log.filter({ seat })}
      />
      <Choice
        label="Who"
        testid="log-filter-who"
        value={filters.who}
        options={[
          { value: 'automatic', text: 'automatic' },
          { value: 'people', text: 'somebody asked' },
        ]}
        onChoose={(who) => log.filter({ who: who === 'automatic' || who === 'people' ? who : null })}
      />
      <span class="exports">
        {(['csv', 'json'] as const).map((format) => (
          <button
            key={format}
            type="button"
            class="plain-button"
            data-testid={`log-export-${format}`}
            aria-disabled={isBusy || !mayExport}
            title={exportTitle({ matching, live }, format.toUpperCase())}
            onClick={() => {
              if (mayExport) log.exportTo(format);
            }}
          >
            Export {format.toUpperCase()}…
          </button>
        ))}
      </span>
    </fieldset>
  );
};
