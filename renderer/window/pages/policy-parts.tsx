import type { Policy, PolicyFinding, PolicyRule } from '../../../helper/protocol/policy.ts';
import {
  editView,
  type MatchView,
  matchCount,
  matchViews,
  placeText,
  ruleText,
  type Standing,
} from '../../data/relief/policy.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Defined } from '../../parts/defined.tsx';
import { WarnIcon } from '../../parts/icons.tsx';
import { WithCode } from '../../parts/with-code.tsx';

/** Parts of the policy page: rules with what they match, and findings with what to write instead. */

const paths: Readonly<Record<Standing, string>> = {
  locked: 'M4 7.5h8V13H4zM5.5 7.500V5.500a2.5 2.5 0 0 1 5 0v2',
  below: 'M4 8h8',
  asked: 'M5.5 6a2.5 2.5 0 1 1 3.5 2.300c-.7.3-1 .7-1 1.500M8 12v.7',
  stopped: 'M5.5 3.500v9M10.5 3.500v9',
  acts: 'M3 8.5 6.5 12 13 4.5',
};

const StandingGlyph = ({ standing }: { readonly standing: Standing }) => (
  <svg class={`icon match-icon is-${standing}`} viewBox="0 0 16 16" aria-hidden="true">
    <path d={paths[standing]} />
  </svg>
);

const Match = ({ match }: { readonly match: MatchView }) => (
  <li class="match" data-testid="match" data-standing={match.standing}>
    <StandingGlyph standing={match.standing} />
    <span class="match-name" title={match.command === '' ? match.name : match.command}>
      <bdi>{match.name}</bdi> <span class="quiet">pid {match.pid}</span>
    </span>
    <span class="match-size">
      <Defined of="footprint">{match.footprint}</Defined>
      {match.count > 1 && <span class="quiet"> in {match.count} processes</span>}
    </span>
    <span class={match.standing === 'locked' || match.standing === 'below' ? 'match-said quiet' : 'match-said'}>
      {match.said}
    </span>
  </li>
);

export const Rule = ({ rule, path }: { readonly rule: PolicyRule; readonly path: string }) => (
  <li class="rule" data-testid="rule">
    <div class="row rule-head">
      <h3 dir="auto" title={rule.name}>
        {rule.name}
      </h3>
      <span class="quiet">{matchCount(rule)}</span>
      {rule.line !== null && (
        <span class="quiet rule-place" title={path}>
          {placeText(path, rule.line)}
        </span>
      )}
    </div>
    <p>
      <code class="pattern">{rule.pattern}</code>
    </p>
    <p>
      <Defined of={rule.killFloorBytes === null ? 'freeze_floor' : 'kill_floor'}>{ruleText(rule)}</Defined>
    </p>
    {rule.matches.length > 0 && (
      <ul class="matches" aria-label={`What ${rule.name} matches now`}>
        {matchViews(rule).map((match) => (
          <Match key={match.key} match={match} />
        ))}
      </ul>
    )}
    {rule.omitted > 0 && (
      <p class="quiet">
        And {rule.omitted} more, smaller. <WithCode text="`castellan match` lists all of a pattern." />
      </p>
    )}
  </li>
);

const Lines = ({ lines, sign }: { readonly lines: readonly string[]; readonly sign: '−' | '+' | ' ' }) => (
  <>
    {lines.map((line, at) => (
      // Lines of a file may be alike; their order is what tells them apart.
      <span key={`${at} ${line}`} class={sign === '−' ? 'line-old' : sign === '+' ? 'line-new' : 'line'}>
        <span aria-hidden="true">{sign} </span>
        {sign === '−' && <span class="unseen">Now: </span>}
        {sign === '+' && <span class="unseen">Write: </span>}
        {line}
        {'\n'}
      </span>
    ))}
  </>
);

export const Finding = ({ finding, policy }: { readonly finding: PolicyFinding; readonly policy: Policy }) => {
  const edit = editView(finding, policy.file.path);
  return (
    <li
      class={`finding is-${finding.severity}`}
      data-testid="finding"
      data-severity={finding.severity}
      data-code={finding.code}
    >
      <WarnIcon />
      <div class="finding-text">
        <p>
          <b>{finding.severity === 'error' ? 'Error: ' : ''}</b>
          <WithCode text={finding.message} />
        </p>
        <p class="quiet">
          <WithCode text={finding.fix} />
        </p>
        {edit !== null && (
          <>
            <p class="quiet">
              {edit.todo}{' '}
              <code class="place" title={policy.file.path}>
                {edit.place}
              </code>
            </p>
            <pre data-testid="edit">
              <Lines lines={edit.old} sign={edit.new === null ? ' ' : '−'} />
              {edit.new !== null && <Lines lines={edit.new} sign="+" />}
            </pre>
            {edit.new !== null && edit.new.length > 0 && (
              <CopyButton text={edit.new.join('\n')} what={finding.subject} testid="copy-edit" label="Copy new text" />
            )}
          </>
        )}
      </div>
    </li>
  );
};
