import type { OperatorAnswer } from '../keeper/judgement/events.ts';
import type { SeatEvent } from '../seats/events.ts';
import type { VirtualDeadman } from './deadman.ts';
import type { Deviation } from './deviation.ts';
import type { Happening } from './happenings.ts';
import type { Moment } from './moments.ts';
import { isOperator, type OperatorHappening, operatorText, requestOf, wrongAnswer } from './operator.ts';
import type { Shell } from './shell.ts';
import { clockText } from './words.ts';
import type { World } from './world.ts';

/** Lets happen what a scenario's events say. */

export interface Stage {
  readonly world: World;
  readonly shell: Shell;
  readonly deadman: VirtualDeadman;
  readonly tell: (moment: Moment) => void;
  readonly deviate: (deviation: Deviation) => void;
  readonly later: (atMs: number, call: (nowMs: number) => void) => void;
}

const operate = (event: OperatorHappening, nowMs: number, { shell, tell, deviate }: Stage): void => {
  const keeper = shell.keeper();
  const request = shell.nextRequest();
  const asked = keeper === null ? null : requestOf(event, request, keeper);
  if (asked === null) {
    deviate({ atMs: nowMs, text: `the operator cannot ${operatorText(event)}: it was not proposed.` });
    return;
  }
  const answers: readonly OperatorAnswer[] = shell.post(nowMs, [asked])?.answers ?? [];
  const answer = answers.find((each) => each.request === request);
  const got =
    answer === undefined ? 'no answer' : answer.ok ? answer.said : `${answer.code} ${answer.detail}`.trimEnd();
  tell({ kind: 'answer', atMs: nowMs, text: `${operatorText(event)}: ${got}` });
  const wrong = wrongAnswer(event, answer);
  if (wrong !== null) deviate({ atMs: nowMs, text: wrong });
};

const client = { uid: 501, client: 'cli' } as const;

/** Asks for a seat, or to let it go, and holds the answer against what is expected. */
const ask = (
  { do: what, seat, gets, within }: Extract<Happening, { do: 'ensure' | 'release' }>,
  nowMs: number,
  { shell, tell, deviate, later }: Stage,
  event: Extract<SeatEvent, { type: 'seat_ask' | 'seat_release' }>,
): void => {
  const untilMs = nowMs + within;
  let isAnswered = false;
  shell.awaitAnswer(event.request, (answer, atMs) => {
    isAnswered = true;
    const got = answer.ok ? (answer.kind === 'keep' ? 'keep' : answer.answer.outcome) : answer.code;
    const said = answer.ok ? answer.answer.said : answer.detail;
    tell({ kind: 'answer', atMs, text: `${what} ${seat}: ${got}. ${said}` });
    if (got !== gets || atMs > untilMs)
      deviate({
        atMs,
        text: `"${what} ${seat}" of ${clockText(nowMs)} should be answered ${gets} within ${within / 1000} s; it was answered ${got} after ${(atMs - nowMs) / 1000} s (${said}).`,
      });
  });
  later(untilMs + 1, (atMs) => {
    if (!isAnswered) deviate({ atMs, text: `"${what} ${seat}" of ${clockText(nowMs)} has not been answered.` });
  });
  shell.post(nowMs, [event]);
};

export const happen = (event: Happening, nowMs: number, stage: Stage): void => {
  const { world, shell, deadman, tell } = stage;
  const say = (text: string): void => tell({ kind: 'world', atMs: nowMs, text });
  if (isOperator(event)) {
    operate(event, nowMs, stage);
    return;
  }
  switch (event.do) {
    case 'signal': {
      const did = event.signal === 'STOP' ? world.stop(event.pid, nowMs) : world.resume(event.pid, nowMs);
      if (did) say(`somebody else sends SIG${event.signal} to pid ${event.pid}`);
      return;
    }
    case 'exit': {
      const run = world.runOf(event.pid);
      if (run !== null) world.end(run, nowMs, event.code);
      return;
    }
    case 'delete_executable':
      say(`the file that pid ${event.pid} was started from is deleted`);
      world.deleteExecutable(event.pid);
      return;
    case 'ensure':
      for (let time = 0; time < event.times; time++)
        ask(event, nowMs, stage, {
          type: 'seat_ask',
          request: shell.nextRequest(),
          seat: event.seat,
          ask: 'ensure',
          waitMs: event.wait ?? 0,
          by: client,
        });
      return;
    case 'release':
      ask(event, nowMs, stage, {
        type: 'seat_release',
        request: shell.nextRequest(),
        seat: event.seat,
        cut: event.cut,
        by: client,
      });
      return;
    case 'traffic': {
      const { seat, inFlight, bytes, ticks } = event;
      shell.post(nowMs, [{ type: 'seat_traffic', seat, inFlight, bytes, ticks }]);
      return;
    }
    case 'health': {
      const { seat, channel, code, detail, takes } = event;
      say(`${seat} answers on ${channel} from now on: ${code}${detail === '' ? '' : `, ${detail}`}`);
      const isOk = code === 'ok';
      shell.health.script(seat, channel, {
        finding: { ok: isOk, code, detail, ms: isOk ? takes : null },
        takesMs: takes,
      });
      return;
    }
    case 'service': {
      const run = world.serviceRun(event.label);
      if (event.state === 'up') world.startService(event.label, nowMs);
      else if (run !== null) world.end(run, nowMs);
      return;
    }
    case 'gateway':
      say(`the gateway: ${event.state}`);
      shell.post(nowMs, [{ type: 'gateway', state: event.state, listen: '', problems: [] }]);
      return;
    case 'deadman':
      say(`the deadman: ${event.state}`);
      deadman.set(event.state);
      shell.post(nowMs, [{ type: 'deadman', state: event.state, foreignTombstones: event.foreignTombstones }]);
      return;
    case 'keeper_dies':
      say(event.how === 'killed' ? 'the keeper is killed' : 'the keeper stands still');
      shell.lose(event.how);
      if (event.how === 'wedged') {
        deadman.keeperStands(nowMs, (later) => shell.start(later + (event.restartsAfter ?? 0)));
        return;
      }
      deadman.keeperGone(nowMs);
      if (event.restartsAfter !== undefined) shell.start(nowMs + event.restartsAfter);
      return;
    case 'starve':
      say(`the keeper gets no time for ${event.for / 1000} s`);
      shell.starve(nowMs + event.for);
      return;
    case 'sensor':
      say(`the ${event.sensor} sensor fails`);
      world.fail(event.sensor, nowMs + event.for);
      return;
    case 'audit':
      shell.post(nowMs, [{ type: 'audit', writable: event.writable }]);
      return;
  }
};
