import type { PushStatus } from '../../protocol/push.ts';
import type { Status } from '../../protocol/status.ts';
import type { DoctorCheck } from '../../protocol/verbs.ts';

/** Whether alerts get out of this machine: one check each target. */

const todo = 'Look at what is named; `castellan push test` tries it again. Alerts wait, and are not lost meanwhile.';

const checkOf = ({ name, at, last, waiting, dropped }: PushStatus): DoctorCheck => {
  const waits = waiting === 0 ? '' : `; ${waiting} ${waiting === 1 ? 'waits' : 'wait'}`;
  const counts = `${waits}${dropped === 0 ? '' : `; ${dropped} dropped`}`;
  const isWell = last === null || last.ok;
  const found = isWell ? `${at}${counts}` : `${last.detail}${counts}`;
  return { name: `alerts to ${name}`, state: isWell ? 'ok' : 'fail', found, todo: isWell ? '' : todo };
};

export const pushChecks = ({ gateway }: Status): readonly DoctorCheck[] => (gateway.push ?? []).map(checkOf);
