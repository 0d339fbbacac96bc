import { size } from '../protocol/figures.ts';
import type {
  AdmissionTerms,
  Clause,
  ClauseName,
  ForecastFacts,
  ForecastTerms,
  WiredLimitFacts,
} from './admission-terms.ts';

/** The conditions of admission, each with its sentence. One whose terms are not all known is decided by `known`. */

const clause = (name: ClauseName, holds: boolean, text: string): Clause => ({
  name,
  outcome: holds ? 'holds' : 'fails',
  text,
});

const notEvaluated = (name: ClauseName, text: string): Clause => ({ name, outcome: 'not_evaluated', text });

const notReckoned = 'Not every term is known.';

export const noSuchSeat: Clause = clause('known', false, 'There is no seat of that name.');

export const knownClause = (unknown: readonly string[]): Clause =>
  unknown.length === 0
    ? clause('known', true, 'Every term is known.')
    : clause('known', false, `Not known: ${unknown.join(', ')}.`);

export const leakClause = (seat: string, hasLeaked: boolean): Clause =>
  hasLeaked
    ? clause('leak', false, `Wired memory of ${seat} did not come back after it ended.`)
    : clause('leak', true, `${seat} left no wired memory behind.`);

export const memoryClause = (seat: string, slackBytes: number | null, peakBytes: number | null): Clause => {
  if (slackBytes === null || peakBytes === null) return notEvaluated('memory', notReckoned);
  return clause(
    'memory',
    slackBytes >= peakBytes,
    `${size(slackBytes)} are left beside what is claimed and in use; ${seat} needs ${size(peakBytes)}.`,
  );
};

export const wiredClause = (limit: WiredLimitFacts, wired: AdmissionTerms['wired']): Clause => {
  if (limit.kind === 'not_evaluated') return notEvaluated('wired', limit.why);
  if (wired === null) return notEvaluated('wired', notReckoned);
  return clause(
    'wired',
    wired.sumBytes <= wired.limitBytes,
    `The seats would hold ${size(wired.sumBytes)} wired; the limit is ${size(wired.limitBytes)}.`,
  );
};

export const forecastClause = (forecast: ForecastFacts, terms: ForecastTerms | null): Clause => {
  if (forecast.kind === 'not_evaluated') return notEvaluated('forecast', forecast.why);
  if (terms === null) return notEvaluated('forecast', notReckoned);
  const { distanceBytes } = terms;
  return distanceBytes >= 0
    ? clause('forecast', true, `With every claim used ${size(distanceBytes)} remain before the kernel warns.`)
    : clause(
        'forecast',
        false,
        `With every claim used ${size(-distanceBytes)} would have to go before the kernel is calm.`,
      );
};
