import { GB } from '../../helper/config/config.ts';
import type { AdviceStatus } from '../../helper/protocol/advice.ts';
import type { GatewayView } from '../../helper/protocol/seats.ts';
import type { Status } from '../../helper/protocol/status.ts';
import { calmRelief, sampleRow, sampleStatus } from './sample-status.ts';

/** Trouble that lasts, and what is said about it. */

/** Red for two minutes, swap nearly full, one service that was shed to no use. */
export const troubledStatus = (change: Partial<Status> = {}): Status => {
  const calm = sampleStatus();
  return sampleStatus({
    mode: { name: 'live', reasons: [] },
    machine: {
      ...calm.machine,
      availableBytes: 1.4 * GB,
      swap: { totalBytes: 20 * GB, usedBytes: 18 * GB, inBytesPerSecond: 0, outBytesPerSecond: 0 },
      kernelLevel: 4,
    },
    level: { ...calm.level, name: 'red', forSeconds: 120 },
    top: [
      sampleRow(),
      sampleRow({
        pid: 1801,
        name: 'qemu-system-aarch64',
        command: '/opt/homebrew/bin/qemu-system-aarch64',
        seat: null,
      }),
    ],
    relief: {
      ...calmRelief,
      why: 'Nothing that is allowed would help.',
      suppressed: [
        {
          target: 'com.sanctum.kiwix-serve',
          why: 'Acting on it twice did not help; it is left alone for now.',
          wouldHelp: 'The largest footprint is qemu-system-aarch64 with 21.0 GB: less of that would help.',
        },
      ],
    },
    ...change,
  });
};

export const adviceAnswer = (change: Partial<NonNullable<AdviceStatus['answer']>> = {}) => ({
  from: 'advisor.example.org',
  model: 'qwen3-32b',
  text: 'The virtual machine holds most of what is compressed.\n\n1. Save its work.\n2. Shut it down in order.',
  ageSeconds: 240,
  isOld: false,
  ...change,
});

export const troubledAdvice = (change: Partial<AdviceStatus> = {}): AdviceStatus => ({
  cause: { code: 'red', forSeconds: 120, said: 'Memory stays critically short.' },
  advisor: { state: 'answered', host: 'advisor.example.org', model: 'qwen3-32b', detail: '' },
  answer: adviceAnswer(),
  runbook: [
    {
      title: 'Swap is 90 % full: when it is used up, the kernel ends whom it chooses.',
      steps: ['`castellan status` shows whom the kernel would end next, as soon as that is known.'],
    },
  ],
  ...change,
});

export const advisorView = (
  url: string,
  change: Partial<NonNullable<GatewayView['advisor']>> = {},
): NonNullable<GatewayView['advisor']> => ({
  url,
  model: 'qwen3-32b',
  keyFile: null,
  caFile: null,
  everySeconds: 1_800,
  withinSeconds: 20,
  cause: 'red',
  ...change,
});
