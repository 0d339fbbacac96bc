import { useSignal } from '@preact/signals';
import type { Activity } from '../../helper/protocol/relief.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { wouldAsk } from '../data/relief/approvals.ts';
import { type Asking, wrongKey } from '../data/relief/asking.ts';
import { activityView, firstFew, standingLines } from '../data/relief/relief.ts';

interface Props {
  readonly status: Status;
  readonly asking: Asking;
  /** The keeper answers, and this account may ask it for something. */
  readonly canAct: boolean;
}

const shownFirst = 3;
const shownLines = 4;

const Row = ({ activity, asking, canAct }: { readonly activity: Activity } & Omit<Props, 'status'>) => {
  const view = activityView(activity);
  return (
    <li class="deed" data-testid="activity" data-plan={view.plan} data-outcome={activity.outcome}>
      <p class="deed-head">
        <span class="quiet">{view.time}</span>
        <span class="deed-what" title={view.target}>
          {view.what}
        </span>
        <span class={view.poor ? 'outcome poor' : 'outcome'}>{view.outcome}</span>
      </p>
      <p class="quiet" title={activity.reason}>
        {view.against}
        {view.marked && ' Marked as wrong.'}
        {view.canMark && canAct && (
          <button
            type="button"
            class="text-button"
            aria-label={`That was wrong: ${view.what}`}
            aria-disabled={asking.busy.value.has(wrongKey(view.plan))}
            onClick={() => asking.markWrong(view.plan, view.what)}
          >
            That was wrong
          </button>
        )}
      </p>
    </li>
  );
};

/** What is done now or why nothing is; what would be asked; what was done, and whether it helped. */
export const Relief = ({ status, asking, canAct }: Props) => {
  const all = useSignal(false);
  const { why, activity, pending } = status.relief;
  const would = wouldAsk(pending);
  const shown = all.value ? activity : activity.slice(0, shownFirst);
  return (
    <section class="relief" aria-label="Relief">
      <p data-testid="why">{why}</p>
      {firstFew(standingLines(status), shownLines).map((line) => (
        <p key={line} class="quiet standing">
          {line}
        </p>
      ))}
      {would.slice(0, shownLines).map((proposal) => (
        <p key={proposal.id} class="would-ask" data-testid="would-ask">
          <span class="tag">would ask</span> <b>{proposal.title}</b> {proposal.reason}
        </p>
      ))}
      {would.length > shownLines && <p class="quiet">And {would.length - shownLines} more.</p>}
      {activity.length > 0 && (
        <ol aria-label="Latest acts">
          {shown.map((each) => (
            <Row key={each.plan} activity={each} asking={asking} canAct={canAct} />
          ))}
        </ol>
      )}
      {activity.length > shownFirst && (
        <button
          type="button"
          class="text-button"
          aria-expanded={all.value}
          onClick={() => {
            all.value = !all.value;
          }}
        >
          {all.value ? 'Fewer' : `All ${activity.length}`}
        </button>
      )}
    </section>
  );
};
