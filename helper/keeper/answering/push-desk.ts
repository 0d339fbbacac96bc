import type { Config } from '../../config/config.ts';
import { failure } from '../../protocol/errors.ts';
import type { PushStatus, PushView, ToldAlert } from '../../protocol/push.ts';
import type { Handlers } from '../server/dispatch.ts';

/**
 * Between the alerts and the gateway that sends them out of this machine: what is to be sent, and how that goes, which is shown and
 * judged by nobody.
 */

export interface PushDesk {
  readonly handlers: Pick<Handlers, 'push.report' | 'push.test'>;
  /** For the gateway; undefined: castellan.toml names no target. */
  readonly view: () => PushView | undefined;
  /** Of the targets that castellan.toml names now. */
  readonly status: () => readonly PushStatus[];
}

export interface PushDeskOptions {
  readonly config: () => Config;
  readonly told: () => readonly ToldAlert[];
  readonly wallMs: () => number;
  /** The gateway is to have the view at once. */
  readonly tell: () => void;
}

const keptTests = 4;
const testMs = 600_000;

const testAlert = (number: number, wallMs: number): ToldAlert => ({
  id: `test.${number}.${Math.round(wallMs)}`,
  kind: 'test',
  level: 'critical',
  subject: 'castellan',
  message: 'This is a test of how alerts get out of this machine.',
  detail: 'Somebody ran `castellan push test`.',
  todo: 'Nothing needs doing.',
  raisedMs: wallMs,
  overMs: null,
});

export const createPushDesk = ({ config, told, wallMs, tell }: PushDeskOptions): PushDesk => {
  let rows: readonly PushStatus[] = [];
  let tests: readonly ToldAlert[] = [];
  let number = 0;
  const targets = () => config().alerts.push;
  return {
    handlers: {
      'push.report': (report) => {
        rows = report.targets;
        return { ok: true, result: {} };
      },
      'push.test': () => {
        if (targets().length === 0) return { ok: false, failure: failure('no_push_target') };
        number += 1;
        const test = testAlert(number, wallMs());
        tests = [...tests, test].slice(-keptTests);
        tell();
        return { ok: true, result: { id: test.id, targets: targets().map(({ name }) => name) } };
      },
    },
    view: () => {
      if (targets().length === 0) return undefined;
      tests = tests.filter(({ raisedMs }) => Math.abs(wallMs() - raisedMs) < testMs);
      return { targets: [...targets()], alerts: [...told(), ...tests] };
    },
    status: () => rows.filter((row) => targets().some(({ name }) => name === row.name)),
  };
};
