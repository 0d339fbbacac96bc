import type { WindowPage } from '../../app/ipc/contract.ts';
import { failure } from '../../helper/protocol/errors.ts';
import { verbs } from '../../helper/protocol/verbs.ts';
import { type PopoverState, snapshot, status } from './popover-fixtures.ts';
import { doomed, listOnly, zombie } from './popover-states-health.ts';
import { connected } from './popover-states-pressure.ts';
import { previews, servingSeats } from './popover-states-seats.ts';
import { act, logRows } from './window-pages-log.ts';
import { configView, policy } from './window-pages-policy.ts';

/** The window's pages with what the keeper answers to them; and the same with names that were made to break them. */

/** Names that somebody chose to break what shows them: long, right to left, with marks, controls and markup. */
export const hostileNames: readonly string[] = [
  'x'.repeat(4000),
  `${'שלום עולם '.repeat(60)}‮evil`,
  '👩‍👩‍👧‍👦'.repeat(200),
  `<img src=x onerror=alert(1)>=cmd|' /C calc'!A0`,
  `a\u0000b\u202e\u2066${'ö'.repeat(900)}`,
];

export const ok = (result: unknown) => ({ ok: true, result });
type Answers = Readonly<Record<string, unknown>>;

const usualReads = (nowMs: number): Answers => ({
  'read.log': ok(verbs['read.log'].result.parse({ rows: [...logRows(nowMs)], cursor: 'a', older: 'b' })),
  'read.log before': ok({
    rows: [{ kind: 'keeper_stopped', wallMs: nowMs - 4 * 86_400_000, instance: '0e', reason: 'SIGTERM' }],
    cursor: 'b',
    older: null,
  }),
  'read.log after': ok({ rows: [], cursor: 'a' }),
  'read.explain': ok(
    verbs['read.explain'].result.parse({
      atMs: nowMs,
      level: 'green',
      chosen: null,
      noop: 'Nothing needs doing: memory is green.',
      passedOver: [
        {
          act: 'recover',
          target: 'Cilghal',
          code: 'unknown',
          text: 'whether its files are whole has not been found out yet',
        },
      ],
    }),
  ),
  'read.policy': ok(verbs['read.policy'].result.parse(policy(nowMs))),
  'read.config': ok(verbs['read.config'].result.parse(configView(nowMs))),
});

/** Seats of which each has another standing. */
const seats = servingSeats.map((seat, i) => ({ ...seat, health: [zombie, doomed, listOnly][i] ?? null }));

/** The window with that page open; `reads` by verb, of the log also `read.log before` and `read.log after`. */
export const stateOf = (
  page: WindowPage,
  reads: Answers = {},
  answers: Answers = {},
  nowMs = Date.now(),
): PopoverState => {
  return {
    snapshot: {
      ...snapshot(nowMs, connected, status(nowMs, { seats: [...seats] })),
      windowGoal: { nth: 1, page },
      settings: { numbersInTray: true, colourInTray: false, shortcut: 'Control+Alt+M', openAtLogin: true },
    },
    history: null,
    answers: { previews, reads: { ...usualReads(nowMs), ...reads }, ...answers },
  };
};

/** The same answers with names of that kind wherever others choose them. */
export const hostileReads = (nowMs: number): Answers => {
  const seen = policy(nowMs);
  const config = configView(nowMs);
  const name = (i: number): string => hostileNames[i % hostileNames.length] ?? '';
  const rows = [
    ...hostileNames.flatMap((target, i) =>
      act(nowMs, 20 + i, 60_000 * (9 - i), 'red', { verb: target, target, got: target }),
    ),
    ...hostileNames.map((kind, i) => ({ kind, wallMs: [Number.MAX_VALUE, -1, 9e15, nowMs, 0][i] ?? 0, text: kind })),
    { kind: 'plan', plan: {}, verb: 7, target: null, expected: [], level: 'mauve', by: 'x' },
  ];
  return {
    'read.log': ok({ rows, cursor: 'a', older: null }),
    'read.policy': ok({
      ...seen,
      rules: seen.rules.map((each, i) => ({
        ...each,
        name: name(i),
        pattern: name(i + 1).slice(0, 256),
        matches: each.matches.map((found) => ({ ...found, name: name(i + 2), command: name(i) })),
      })),
      findings: seen.findings.map((each, i) => ({ ...each, subject: name(i), message: name(i), fix: name(i + 1) })),
      services: seen.services.map((each, i) => ({ ...each, label: name(i) })),
      shed: seen.shed.map((each, i) => ({ ...each, label: name(i) })),
      suppressed: [{ target: name(0), why: name(1), wouldHelp: name(2) }],
    }),
    'read.config': ok({
      ...config,
      values: hostileNames.map((value, i) => ({ key: `seat "${name(i)}".peak`, value, usual: value, line: i })),
      problems: hostileNames.map((message, line) => ({ line, key: message, message, fix: message })),
    }),
  };
};

const refused = { ok: false, failure: failure('not_running') };

/** Every state of these pages that is worth a picture, by name, with what is there as soon as it is drawn. */
export const pageStates: Readonly<
  Record<string, { readonly make: (nowMs: number) => PopoverState; readonly drawn: string }>
> = {
  log: { make: (nowMs) => stateOf('log', {}, {}, nowMs), drawn: '[data-testid=log-entry]' },
  'log-empty': {
    make: (nowMs) => stateOf('log', { 'read.log': ok({ rows: [], cursor: 'a', older: null }) }, {}, nowMs),
    drawn: '[data-testid=log-empty]',
  },
  'log-refused': {
    make: (nowMs) => stateOf('log', { 'read.log': refused }, {}, nowMs),
    drawn: '[data-testid=log-problem]',
  },
  'log-missed': {
    make: (nowMs) => {
      const rows = [...logRows(nowMs)];
      return stateOf('log', { 'read.log': ok({ rows, cursor: 'a', missed: true, skipped: 2 }) }, {}, nowMs);
    },
    drawn: '[data-testid=log-missed]',
  },
  'log-hostile': {
    make: (nowMs) => stateOf('log', hostileReads(nowMs), {}, nowMs),
    drawn: '[data-testid=log-entry]',
  },
  health: { make: (nowMs) => stateOf('health', {}, {}, nowMs), drawn: '[data-testid=health-offer]' },
  'what-if': { make: (nowMs) => stateOf('what-if', {}, {}, nowMs), drawn: '[data-testid=verdict]' },
  policy: { make: (nowMs) => stateOf('policy', {}, {}, nowMs), drawn: '[data-testid=rule]' },
  'policy-refused': {
    make: (nowMs) => stateOf('policy', { 'read.policy': refused }, {}, nowMs),
    drawn: '[data-testid=policy-problem]',
  },
  'policy-hostile': {
    make: (nowMs) => stateOf('policy', hostileReads(nowMs), {}, nowMs),
    drawn: '[data-testid=rule]',
  },
  settings: { make: (nowMs) => stateOf('settings', {}, {}, nowMs), drawn: '[data-testid=config-row]' },
  'settings-alone': {
    make: (nowMs) => {
      const state = stateOf('settings', {}, {}, nowMs);
      const { failure: why } = refused;
      const connection = { kind: 'missing' as const, failure: why };
      return { ...state, snapshot: { ...state.snapshot, status: null, receivedAtMs: null, connection } };
    },
    drawn: '[data-testid=colour-in-tray]',
  },
  'settings-hostile': {
    make: (nowMs) => stateOf('settings', hostileReads(nowMs), {}, nowMs),
    drawn: '[data-testid=config-row]',
  },
};
