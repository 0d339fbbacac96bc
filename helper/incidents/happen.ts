import type { OperatorAnswer } from '../keeper/state.ts';
import type { VirtualDeadman } from './deadman.ts';
import type { Deviation } from './deviation.ts';
import type { Happening } from './happenings.ts';
import type { Moment } from './moments.ts';
import { isOperator, type OperatorHappening, operatorText, requestOf, wrongAnswer } from './operator.ts';
import type { Shell } from './shell.ts';
import type { World } from './world.ts';

/** Lets happen what a scenario's events say. */

export interface Stage {
  readonly world: World;
  readonly shell: Shell;
  readonly deadman: VirtualDeadman;
  readonly tell: (moment: Moment) => void;
  readonly deviate: (deviation: Deviation) => void;
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
  const got = answer === undefined ? 'no answer' : answer.ok ? answer.said : answer.code;
  tell({ kind: 'answer', atMs: nowMs, text: `${operatorText(event)}: ${got}` });
  const wrong = wrongAnswer(event, answer);
  if (wrong !== null) deviate({ atMs: nowMs, text: wrong });
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
      if (run !== null) world.end(run, nowMs);
      return;
    }
    case 'service': {
      const run = world.serviceRun(event.label);
      if (event.state === 'up') world.startService(event.label, nowMs);
      else if (run !== null) world.end(run, nowMs);
      return;
    }
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
