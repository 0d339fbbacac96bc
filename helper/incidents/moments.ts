import type { LevelName } from '../protocol/index.ts';
import type { DecisionMode } from './expectations.ts';
import type { Named } from './targets.ts';
import { clockText } from './words.ts';

/** What happens in a replay, in order; what expectations are held against and what is printed. */

export interface DecisionMoment extends Named {
  readonly kind: 'decision';
  readonly atMs: number;
  /** Number of the plan within this keeper's run. */
  readonly plan: number;
  readonly verb: string;
  readonly mode: DecisionMode;
  /** As the audit log names it. */
  readonly target: string;
  readonly reason: string;
  /** Chosen by the brake. */
  readonly isBrake: boolean;
}

export type Moment =
  | DecisionMoment
  | { readonly kind: 'level'; readonly atMs: number; readonly level: LevelName; readonly from: LevelName }
  | {
      readonly kind: 'result';
      readonly atMs: number;
      readonly plan: number;
      readonly verb: string;
      readonly outcome: string;
      readonly detail: string;
    }
  | { readonly kind: 'receipt'; readonly atMs: number; readonly plan: number; readonly text: string }
  | {
      readonly kind: 'alert';
      readonly atMs: number;
      readonly alert: string;
      readonly subject: string;
      readonly detail: string;
    }
  | {
      readonly kind: 'order';
      readonly atMs: number;
      readonly verb: 'start' | 'stop';
      readonly seat: string;
      readonly why: string;
    }
  | { readonly kind: 'answer'; readonly atMs: number; readonly text: string }
  | { readonly kind: 'world'; readonly atMs: number; readonly text: string };

export const momentText = (moment: Moment): string => {
  switch (moment.kind) {
    case 'decision':
      return `${moment.verb} ${moment.target} (${moment.mode.replace('_', ' ')}): ${moment.reason}`;
    case 'level':
      return `${moment.from} → ${moment.level}`;
    case 'result':
      return `  ${moment.verb} of plan ${moment.plan}: ${moment.outcome}${moment.detail === '' ? '' : `, ${moment.detail}`}`;
    case 'receipt':
      return `  ${moment.text}`;
    case 'alert':
      return `alert ${moment.alert} ${moment.subject}: ${moment.detail}`;
    case 'order':
      return `${moment.verb} ${moment.seat}: ${moment.why}`;
    case 'answer':
      return `operator: ${moment.text}`;
    case 'world':
      return `  ${moment.text}`;
  }
};

/** `   2:05.020  orange  shed com.example (live): …`, one line each, with the level that held. */
export const timelineLines = (moments: readonly Moment[], first: LevelName = 'green'): readonly string[] => {
  let level = first;
  return moments.map((moment) => {
    if (moment.kind === 'level') level = moment.level;
    return `${clockText(moment.atMs).padStart(11)}  ${level.padEnd(6)}  ${momentText(moment)}`;
  });
};
