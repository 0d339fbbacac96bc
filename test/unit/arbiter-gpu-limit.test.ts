import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ArbiterStep, gpuStatus } from '../../helper/arbiter/arbiter.ts';
import { answerGpu, initialGpu, stepGpu } from '../../helper/arbiter/gpu-limit.ts';
import { GB, MB } from '../../helper/config/config.ts';
import { driveArbiter } from '../fakes/arbiter-world.ts';

const policy = { kind: 'limit', bytes: 0, isSystemPolicy: true } as const;
const limit = (bytes: number) => ({ kind: 'limit', bytes, isSystemPolicy: false }) as const;
const wishes = (steps: readonly ArbiterStep[]): readonly number[] =>
  steps.flatMap((step) => step.wishes.map((wish) => (wish.kind === 'gpu_limit' ? wish.bytes : Number.NaN)));
const alerts = (steps: readonly ArbiterStep[]): readonly string[] =>
  steps.flatMap((step) => step.alerts.map(({ alert }) => alert));

describe('the wired limit of the GPU', () => {
  test('is set where the system decides, and held from then on', () => {
    const drive = driveArbiter({ wiredLimitBytes: 48 * GB, gpu: policy });
    assert.deepEqual(wishes(drive.slots(10)), [48 * GB]);
    assert.deepEqual(gpuStatus(drive.state()), {
      wantedBytes: 48 * GB,
      foundBytes: 48 * GB,
      isSystemPolicy: false,
      state: 'held',
      detail: '',
    });
  });

  test('is set, too, where the system decides and does not say what by', () => {
    const gpu = { kind: 'not_evaluated', why: 'The system decides.', isSystemPolicy: true } as const;
    const drive = driveArbiter({ wiredLimitBytes: 48 * GB, gpu });
    assert.deepEqual(wishes(drive.slots(3)), [48 * GB]);
  });

  test('is nobody’s business when the configuration says nothing', () => {
    const drive = driveArbiter({ gpu: limit(40 * GB) });
    assert.deepEqual(wishes(drive.slots(5)), []);
    assert.equal(gpuStatus(drive.state()).state, 'not_wanted');
    assert.equal(gpuStatus(drive.state()).foundBytes, 40 * GB);
  });

  test('goes back to the system’s own when the configuration takes back what was set', () => {
    const drive = driveArbiter({ wiredLimitBytes: 48 * GB, gpu: policy });
    drive.slots(3);
    drive.place.wiredLimitBytes = null;
    assert.deepEqual(wishes(drive.slots(5)), [0]);
    assert.equal(gpuStatus(drive.state()).state, 'not_wanted');
    assert.equal(gpuStatus(drive.state()).isSystemPolicy, true);
    drive.place.gpu = limit(30 * GB);
    assert.deepEqual(wishes(drive.slots(5)), [], 'what somebody else sets later stays');
  });

  test('that was there before Castellan stays when the configuration says nothing any more', () => {
    const drive = driveArbiter({ wiredLimitBytes: 48 * GB, gpu: limit(48 * GB) });
    drive.slots(2);
    drive.place.wiredLimitBytes = null;
    assert.deepEqual(wishes(drive.slots(3)), []);
  });

  test('goes back, too, when the configuration took it back while it was being set', () => {
    const first = stepGpu(initialGpu, 48 * GB, policy, 0, true);
    assert.equal(first.wish?.bytes, 48 * GB);
    const taken = stepGpu(first.gpu, null, policy, 2_000, true);
    assert.equal(taken.wish, null);
    const set = answerGpu(taken.gpu, 'ok', '', 2_001);
    assert.equal(stepGpu(set, null, limit(48 * GB), 4_000, true).wish?.bytes, 0);
  });

  test('is compared to the megabyte, which is what the kernel counts in', () => {
    const wanted = 46.5 * GB + 300_000;
    const drive = driveArbiter({ wiredLimitBytes: wanted, gpu: limit(Math.floor(wanted / MB) * MB) });
    assert.deepEqual(wishes(drive.slots(3)), []);
    assert.equal(gpuStatus(drive.state()).state, 'held');
  });

  test('that somebody else insists on is left to them after the third time', () => {
    const drive = driveArbiter({ wiredLimitBytes: 48 * GB, gpu: policy });
    const steps = Array.from({ length: 50 }, () => {
      drive.place.gpu = limit(60 * GB);
      return drive.slot();
    });
    assert.deepEqual(wishes(steps), [48 * GB, 48 * GB, 48 * GB]);
    assert.deepEqual(alerts(steps), ['gpu_limit_contested']);
    assert.equal(gpuStatus(drive.state()).state, 'contested');
  });

  test('that the kernel refuses is told once and shown', () => {
    const drive = driveArbiter({ wiredLimitBytes: 48 * GB, gpu: policy });
    drive.place.refuse = () => 'Operation not permitted';
    const steps = drive.slots(20);
    assert.deepEqual(wishes(steps), [48 * GB]);
    assert.deepEqual(alerts(steps), ['gpu_limit_refused']);
    assert.equal(gpuStatus(drive.state()).detail, 'Operation not permitted');
  });

  test('is not touched where there is none, or while it cannot be read', () => {
    const none = driveArbiter({ wiredLimitBytes: 48 * GB });
    assert.deepEqual(wishes(none.slots(3)), []);
    assert.equal(gpuStatus(none.state()).state, 'not_evaluated');
    const blind = driveArbiter({ wiredLimitBytes: 48 * GB, gpu: { kind: 'unknown', detail: 'EIO' } });
    const steps = blind.slots(3);
    assert.deepEqual([wishes(steps), alerts(steps)], [[], []]);
    assert.deepEqual([gpuStatus(blind.state()).state, gpuStatus(blind.state()).detail], ['unknown', 'EIO']);
  });
});
