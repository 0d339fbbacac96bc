import type { Channel, Verdict } from '../protocol/health.ts';
import type { Standing } from './tracks.ts';

/** What three channels and what is seen of the process say together. Not a vote: the worst that is proved counts. */

export interface Signs {
  /** It has a process that was told, or found, to serve. */
  readonly runs: boolean;
  readonly isFrozen: boolean;
  readonly isHollow: boolean;
  /** Another program has its port, and answers there in its place. */
  readonly isPortForeign: boolean;
  /** Requests are under way, or bytes or its processor time moved a moment ago. */
  readonly isBusy: boolean;
  /** As launchd lists it; null: not known. */
  readonly lastExit: number | null;
  /** `off`: castellan.toml does not say what to ask. */
  readonly channels: Readonly<Record<Channel, Standing | 'off'>>;
}

export interface Judged {
  /** Null: it does not run, or what it is to be asked is not known (any more). */
  readonly verdict: Verdict | null;
  /** Its next start will fail, whatever it does now. */
  readonly isDoomed: boolean;
  /** Channels that have not said anything, or are not asked: what the verdict does not rest on. */
  readonly unproven: readonly Channel[];
}

/** sysexits.h: EX_CONFIG, which launchd reports for a program that is missing or may not run. */
const exitConfig = 78;

type Row = `${'pass' | 'fail'} ${'pass' | 'fail'} ${'pass' | 'fail'}`;

/** cheap, inference, integrity. */
export const table: Readonly<Record<Row, Verdict>> = {
  'pass pass pass': 'healthy',
  'pass pass fail': 'doomed',
  'pass fail pass': 'zombie',
  'pass fail fail': 'zombie',
  // It works: a list that does not come is a server that has no time for it.
  'fail pass pass': 'busy',
  'fail pass fail': 'doomed',
  'fail fail pass': 'unreachable',
  'fail fail fail': 'unreachable',
};

/** What was not asked does not speak against the seat. */
const taken = (standing: Standing | 'off'): 'pass' | 'fail' => (standing === 'fail' ? 'fail' : 'pass');

const isKnown = (standing: Standing | 'off'): boolean => standing === 'pass' || standing === 'fail';

export const judge = ({ runs, isFrozen, isHollow, isPortForeign, isBusy, lastExit, channels }: Signs): Judged => {
  const { cheap, inference, integrity } = channels;
  const unproven = (['cheap', 'inference', 'integrity'] as const).filter((channel) => !isKnown(channels[channel]));
  const of = (verdict: Verdict | null): Judged => ({ verdict, isDoomed: integrity === 'fail', unproven });
  if (!runs) return of(lastExit === exitConfig ? 'config_error' : null);
  if (isFrozen) return of('frozen');
  // Whatever is answered there, it is not this seat that answers.
  if (isPortForeign) return of('unreachable');
  // A shell that answers with a list and to no chat is more than hollow: that it does no work has been proved.
  if (isHollow) return of(taken(cheap) === 'pass' && inference === 'fail' ? 'zombie' : 'hollow');
  const verdict = table[`${taken(cheap)} ${taken(inference)} ${taken(integrity)}`];
  // Only a list that nobody asked for work: an unreachable seat is one of which nothing works.
  const isSilent = cheap === 'fail' && !isKnown(inference);
  if (isSilent) return of('unreachable');
  if (verdict !== 'healthy') return of(verdict);
  if (isBusy) return of('busy');
  // It is well when all that castellan.toml wants asked has said so, and not when two of three have.
  const isUnproven = [cheap, inference, integrity].includes('unknown') || (!isKnown(cheap) && !isKnown(inference));
  return of(isUnproven ? null : 'healthy');
};
