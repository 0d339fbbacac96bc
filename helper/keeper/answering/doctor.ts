import type { Host } from '../../host/port.ts';
import type { SensorFact } from '../../host/reading.ts';
import type { DoctorCheck, Status } from '../../protocol/index.ts';
import { isFailing } from '../judgement/episodes.ts';
import { pushChecks } from './doctor-push.ts';
import { seatChecks } from './doctor-seats.ts';

const seconds = (value: number): string => `${value.toFixed(0)} s`;

/** A fact that keeps the keeper from nothing: something else than a failing sensor. */
const hintFor = ({ problem }: SensorFact): string =>
  problem === 'refused'
    ? 'Castellan goes on without it. See docs/operations.md, "What needs which right".'
    : 'Castellan goes on without it; nothing needs doing.';

/** Without it nothing is frozen, so a keeper alone is not in order. */
const deadman = ({ relief }: Status): DoctorCheck => {
  const name = 'deadman';
  switch (relief.deadman) {
    case 'present':
      return { name, state: 'ok', found: 'watches over what is frozen', todo: '' };
    case 'not_ready':
      return {
        name,
        state: 'warn',
        found: 'resumes what another run of the keeper froze; until then nothing is frozen',
        todo: 'Wait half a minute. If it stays so, look into the folders `stopped` and `resuming` of the run directory.',
      };
    case 'missing':
      return {
        name,
        state: 'fail',
        found: 'does not answer the keeper: nothing can be frozen',
        todo: 'Start it: `npm start` in a checkout; on an installed machine launchd starts it by itself.',
      };
  }
};

/** A protection that the operator counts on and that is not there is no matter of taste. */
const enforcers = ({ relief }: Status): readonly DoctorCheck[] =>
  relief.missingEnforcers.map((label) => ({
    name: 'enforcer',
    state: 'fail',
    found: `the policy counts on ${label}, which is not there`,
    todo: 'Start it, or take its label out of `relief.depends_on` in castellan.toml.',
  }));

/** A question that waits expires unheard when nobody sees it. */
const waiting = ({ relief }: Status): readonly DoctorCheck[] => {
  const count = relief.pending.filter(({ dryRun }) => !dryRun).length;
  if (count === 0) return [];
  const found = count === 1 ? 'one proposal waits for an answer' : `${count} proposals wait for an answer`;
  return [{ name: 'proposals', state: 'warn', found, todo: 'See `castellan pending`.' }];
};

/** Where nobody needs the services, that they are not known is no fault; where somebody does, it is a failing sensor. */
const services = (status: Status, host: Host): readonly DoctorCheck[] =>
  host.services.pids() !== null || status.facts.some(({ sensor }) => sensor === 'services')
    ? []
    : [{ name: 'services', state: 'ok', found: 'not known here; only seats and services to shed need them', todo: '' }];

/** What the keeper can say about its own health; what can be seen from outside the CLI checks by itself. */
export const doctorChecks = (status: Status, host: Host): readonly DoctorCheck[] => {
  const check = (name: string, state: DoctorCheck['state'], found: string, todo = ''): DoctorCheck => ({
    name,
    state,
    found,
    todo: state === 'ok' ? '' : todo,
  });
  const { telemetry, gaps, config, mode } = status;
  const lost = telemetry.droppedRows + telemetry.lostRows;
  return [
    check('host', 'ok', `${status.keeper.os} (${host.kind})`),
    ...host.facts.missing.map((sentence) =>
      check('host', 'warn', sentence, 'See docs/operations.md, "What needs which right".'),
    ),
    ...status.facts.map((told) => {
      // The status is made of these facts; only its wire form calls sensor and problem any text, for newer keepers' sake.
      const fact = told as SensorFact;
      const failing = isFailing(fact);
      return check(
        `sensor ${fact.sensor}`,
        failing ? 'fail' : 'warn',
        `${fact.problem}: ${fact.detail}`,
        failing ? 'Castellan only observes until the sensor is back.' : hintFor(fact),
      );
    }),
    check(
      'mode',
      mode.name === 'observe_only' ? 'warn' : 'ok',
      [mode.name.replace('_', ' '), ...mode.reasons].join('; '),
      'Remove the reasons that are named.',
    ),
    deadman(status),
    ...services(status, host),
    ...seatChecks(status),
    ...enforcers(status),
    ...pushChecks(status),
    ...waiting(status),
    check(
      'samples',
      gaps.last !== null && gaps.last.agoSeconds < 600 ? 'warn' : 'ok',
      gaps.last === null
        ? 'none missed'
        : `${gaps.count} gaps, the last ${seconds(gaps.last.lengthSeconds)} long, ${seconds(gaps.last.agoSeconds)} ago`,
      'The machine was too busy to run the keeper, or slept.',
    ),
    check(
      'records',
      telemetry.history === 'ok' && telemetry.journal === 'ok' ? 'ok' : 'warn',
      `history ${telemetry.history}, journal ${telemetry.journal}${lost > 0 ? `, ${lost} rows lost` : ''}`,
      'Look for a full or read-only disk.',
    ),
    check(
      'heartbeat file',
      telemetry.heartbeat === 'ok' ? 'ok' : 'fail',
      telemetry.heartbeat,
      'Look for a full or read-only disk.',
    ),
    ...config.problems.map((problem) =>
      check(
        'configuration',
        config.state === 'invalid' ? 'fail' : 'warn',
        `${config.path}${problem.line === null ? '' : `:${problem.line}`}: ${problem.message}`,
        problem.fix,
      ),
    ),
  ];
};
