import type { Policy } from '../../../helper/protocol/policy.ts';
import { type Asking, restoreKey } from '../../data/relief/asking.ts';
import { editCommand, fileText, gateView, neverTouched, shedAtWords, shedText } from '../../data/relief/policy.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Defined } from '../../parts/defined.tsx';
import { Problem } from '../../parts/problem.tsx';
import { WithCode } from '../../parts/with-code.tsx';
import { notAnswering } from '../../text/helper-words.ts';
import { useRefresh } from '../page-models.ts';
import type { PageProps } from '../pages.tsx';
import { Finding, Rule } from './policy-parts.tsx';

/** What is shown first of many; all are in the file. */
const mostFindings = 20;

type ActProps = { readonly asking: Asking; readonly canAct: boolean };

const Gate = ({ status, asking, canAct }: Pick<PageProps, 'status'> & ActProps) => {
  const view = gateView(status);
  const percent = view.share === null ? null : Math.round(view.share * 100);
  return (
    <div class="gate" data-testid="gate">
      <div class="row page-head">
        <h2>{view.title}</h2>
        {view.offers === 'live' && canAct && (
          <button type="button" class="plain-button" data-testid="go-live" onClick={() => asking.wishFor('live')}>
            Go live…
          </button>
        )}
        {view.offers === 'dry_run' && canAct && (
          <button type="button" class="plain-button" data-testid="dry-run" onClick={() => asking.wishFor('dry_run')}>
            Back to dry run…
          </button>
        )}
      </div>
      <p>{view.text}</p>
      {percent !== null && (
        <p class="row">
          <progress class="gate-bar" max={100} value={percent} aria-label="Observed of what is needed to go live" />
          <Defined of="gate_observed" class="quiet">
            {percent} %
          </Defined>
        </p>
      )}
    </div>
  );
};

const Services = ({ policy }: { readonly policy: Policy }) =>
  policy.services.length === 0 ? null : (
    <section aria-label="Services that may be shed">
      <h2>Services that may be shed</h2>
      <ul>
        {policy.services.map(({ label, at, loaded }) => (
          <li key={label} class="service">
            <span class="service-label" dir="auto" title={label}>
              {label}
            </span>
            <span class="quiet">
              {shedAtWords[at]}
              {loaded === false && ', not loaded now'}
              {loaded === null && ', not known whether it is loaded'}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );

const Standing = ({ policy, asking, canAct }: { readonly policy: Policy } & ActProps) =>
  policy.shed.length === 0 && policy.suppressed.length === 0 ? null : (
    <section aria-label="Shed, and left alone">
      <h2>Shed, and left alone</h2>
      <ul>
        {policy.shed.map((shed) => (
          <li key={shed.label} class="shed-row" data-testid="shed" data-down={shed.staysDown}>
            <span title={shed.label}>
              <b dir="auto">{shed.label}</b> <span class="quiet">{shedText(shed)}</span>
            </span>
            {canAct && (
              <button
                type="button"
                class="plain-button"
                aria-label={`Bring back ${shed.label}`}
                aria-disabled={asking.busy.value.has(restoreKey(shed.label))}
                onClick={() => asking.restore(shed.label)}
              >
                Bring back
              </button>
            )}
          </li>
        ))}
        {policy.suppressed.map(({ target, why, wouldHelp }) => (
          <li key={target} class="shed-row" data-testid="suppressed">
            <span title={target}>
              <b dir="auto">{target}</b>{' '}
              <span class="quiet">
                {why} {wouldHelp}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );

const EditCommand = () => (
  <span class="row">
    <code>{editCommand}</code>
    <CopyButton text={editCommand} what="the command that opens the file" testid="copy-command" />
  </span>
);

const Findings = ({ policy }: { readonly policy: Policy }) => {
  const { findings, moreFindings } = policy;
  const more = moreFindings + Math.max(0, findings.length - mostFindings);
  return (
    <section aria-label="What to correct">
      <div class="row page-head">
        <h2>What to correct</h2>
        {findings.length > 0 && <EditCommand />}
      </div>
      {findings.length === 0 ? (
        <p data-testid="no-findings">
          Nothing: every rule matches what it may act upon, and what it counts on is there.
        </p>
      ) : (
        <ul>
          {findings.slice(0, mostFindings).map((finding) => (
            <Finding key={`${finding.code} ${finding.key} ${finding.message}`} finding={finding} policy={policy} />
          ))}
        </ul>
      )}
      {more > 0 && (
        <p class="quiet">
          And {more} more: <WithCode text="`castellan config check` names all." />
        </p>
      )}
    </section>
  );
};

/** Rules with what they match now, what is wrong with them and what to write instead; the gate; what is shed. */
export const PolicyPage = (props: PageProps) => {
  const { policy, status, asking, canAct, live } = props;
  useRefresh(policy.refresh, props);
  const answer = policy.answer.value;
  const problem = live ? policy.problem.value : notAnswering;
  const mayAct = canAct && live;
  return (
    <>
      <section aria-label="Dry run and going live">
        <Gate status={status} asking={asking} canAct={mayAct} />
      </section>
      {problem !== '' && (
        <section>
          <Problem testid="policy-problem" text={problem} fromMs={answer?.atMs ?? null} />
        </section>
      )}
      {answer === null && problem === '' && (
        <section>
          <p class="quiet">Asking…</p>
        </section>
      )}
      {answer !== null && (
        <div class={problem === '' ? 'answer policy' : 'answer policy old'} data-testid="policy">
          <Standing policy={answer.result} asking={asking} canAct={mayAct} />
          <Findings policy={answer.result} />
          <section aria-label="Rules">
            <div class="row page-head">
              <h2>
                <Defined of="matches_now">Rules, and what they match now</Defined>
              </h2>
              {answer.result.findings.length === 0 && <EditCommand />}
            </div>
            <p class="quiet">
              {fileText(answer.result)} The first rule that matches counts. It is root’s file: it is shown here and
              changed there.
            </p>
            {answer.result.rules.length === 0 ? (
              <p data-testid="no-rules">
                No rules: nothing is ever frozen or ended. The example file has some for the usual suspects.
              </p>
            ) : (
              <ol>
                {answer.result.rules.map((rule) => (
                  <Rule key={rule.name} rule={rule} path={answer.result.file.path} />
                ))}
              </ol>
            )}
          </section>
          <Services policy={answer.result} />
          <section aria-label="Never touched">
            <h2>Never touched, whatever the rules say</h2>
            <p>{neverTouched}</p>
          </section>
        </div>
      )}
    </>
  );
};
