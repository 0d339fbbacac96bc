import { type LogEntry, outcomeWords } from '../../data/log/entries.ts';
import { evidenceOf } from '../../data/log/evidence.ts';
import type { LogModel } from '../../data/log/model.ts';
import { type Asking, wrongKey } from '../../data/relief/asking.ts';
import { LevelGlyph } from '../../parts/icons.tsx';
import { shorten, timeOfDay } from '../../text/format.ts';
import { levelWord } from '../../text/levels.ts';
import { VerbGlyph } from './log-glyph.tsx';

interface Props {
  readonly entry: LogEntry;
  readonly log: LogModel;
  readonly asking: Asking;
  /** Plans of the keeper that runs now may be said to have been wrong; empty: this account may not, or none answers. */
  readonly instance: string;
  /** The one line of the list that Tab leads to. */
  readonly isStop: boolean;
  readonly onStop: (key: string) => void;
  /** Arrows, Home and End lead to other lines. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

const poor: ReadonlySet<string> = new Set(['useless', 'failed']);

const Evidence = ({ entry, asking, instance }: Pick<Props, 'entry' | 'asking' | 'instance'>) => {
  const { plan, isDryRun, isMarked, verb, target } = entry;
  const what = `${verb} ${shorten(target, 40)}`;
  const canMark = plan !== null && isDryRun && !isMarked && instance !== '' && plan.instance === instance;
  return (
    <div class="evidence" data-testid="evidence">
      {canMark && (
        <p>
          <button
            type="button"
            class="plain-button"
            data-testid="was-wrong"
            aria-disabled={asking.busy.value.has(wrongKey(plan.id))}
            onClick={() => asking.markWrong(plan.id, what)}
          >
            That was wrong
          </button>{' '}
          <span class="quiet">Nothing was done. The dry run then counts anew.</span>
        </p>
      )}
      {evidenceOf(entry.rows).map(({ key, title, fields }) => (
        <div key={key} class="evidence-row">
          <h3>{title}</h3>
          <dl>
            {fields.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd dir="auto">{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
};

/** One entry: when, how memory stood, what to whom, who wanted it, plan against result; opened, the rows it is made of. */
export const LogEntryRow = ({ entry, log, asking, instance, isStop, onStop, onKeyDown }: Props) => {
  const { key, atMs, level, glyph, verb, target, who, planned, measured, outcome, isDryRun, isMarked } = entry;
  const isOpen = log.expanded.value.has(key);
  return (
    <li class="log-entry" data-testid="log-entry" data-outcome={outcome ?? 'none'}>
      <div class="log-line">
        <span class="quiet log-time">{atMs === null ? '–' : timeOfDay(atMs)}</span>
        <span
          class="log-level"
          title={level === null ? 'The row does not say how memory stood' : `${levelWord[level]} then`}
        >
          {level === null ? <span class="quiet">–</span> : <LevelGlyph level={level} />}
          <span class="unseen">{level === null ? 'level not known' : levelWord[level]}</span>
        </span>
        <button
          type="button"
          class="log-what"
          data-testid="log-what"
          aria-expanded={isOpen}
          tabIndex={isStop ? 0 : -1}
          title={`${verb} ${target}`}
          onFocus={() => onStop(key)}
          onKeyDown={onKeyDown}
          onClick={() => log.toggle(key)}
        >
          <VerbGlyph glyph={glyph} />
          <span class="log-name">
            <b>{verb}</b> <bdi>{target}</bdi>
          </span>
        </button>
        <span class="quiet log-who">{who}</span>
        <div class="log-said">
          {planned !== '' && (
            <p class="planned" title={planned}>
              {planned}
            </p>
          )}
          {measured !== '' && (
            <p class={outcome !== null && poor.has(outcome) ? 'measured poor' : 'measured'}>{measured}</p>
          )}
          {isMarked && <p class="quiet">Marked as wrong.</p>}
        </div>
        <span class="log-outcome">
          {isDryRun && <span class="tag">dry run</span>}
          {outcome !== null && outcome !== 'dry_run' && (
            <span class={poor.has(outcome) ? 'outcome poor' : 'outcome'}>{outcomeWords[outcome]}</span>
          )}
        </span>
      </div>
      {isOpen && <Evidence entry={entry} asking={asking} instance={instance} />}
    </li>
  );
};
