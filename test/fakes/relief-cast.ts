import fc from 'fast-check';
import { GB, type SeatConfig, seatDefaults } from '../../helper/config/config.ts';
import type { ProcessSpec } from './relief-machine.ts';
import { harmless } from './relief-world.ts';

/** Who runs on the machines of `relief-cases.ts`, and in which conditions. */

export type Plight =
  | 'none'
  | 'listens'
  | 'traced'
  | 'unknown'
  | 'platform'
  | 'nobody'
  | 'system'
  | 'stopped'
  | 'hypervisor'
  | 'blank';
export const plight: fc.Arbitrary<Plight> = fc.oneof(
  { weight: 24, arbitrary: fc.constant<Plight>('none') },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Plight>(
      'listens',
      'traced',
      'unknown',
      'platform',
      'nobody',
      'system',
      'stopped',
      'hypervisor',
      'blank',
    ),
  },
);

export const inspectionOf = (of: Plight): ProcessSpec['inspection'] => {
  switch (of) {
    case 'listens':
      return { ...harmless, listening: ['127.0.0.1:8080'] };
    case 'traced':
      return { ...harmless, isTraced: true };
    case 'unknown':
      return { ...harmless, isTraced: null, listening: null };
    case 'platform':
      return { ...harmless, isPlatform: true };
    case 'hypervisor':
      return { ...harmless, isHypervisor: true };
    case 'blank':
      return null;
    default:
      return harmless;
  }
};

export const uids: Partial<Record<Plight, number>> = { nobody: 65_534, system: 0 };

interface Part {
  readonly pid: number;
  readonly command: string;
  readonly ppid?: number;
  readonly pgid?: number;
  readonly uid?: number;
  readonly baseMb?: number;
  /** Its condition is given by its part. */
  readonly fixed?: true;
}

export const cast: readonly Part[] = [
  { pid: 1, command: '/sbin/launchd', ppid: 0, uid: 0, fixed: true },
  { pid: 40, command: '/usr/sbin/sshd -D', uid: 0, baseMb: 1_500, fixed: true },
  { pid: 50, command: '/bin/zsh /hog.sh', fixed: true, baseMb: 1_100 },
  { pid: 60, command: '/opt/hog castellan keeper', ppid: 61, uid: 501, baseMb: 1_200, fixed: true },
  { pid: 61, command: '/opt/hog npm start', ppid: 50, baseMb: 1_200, fixed: true },
  { pid: 62, command: '/opt/hog client', ppid: 63, baseMb: 1_200, fixed: true },
  { pid: 63, command: '/opt/hog terminal', baseMb: 1_200, fixed: true },
  { pid: 70, command: '/bin/bash', fixed: true },
  ...[100, 101, 102, 103].map((pid): Part => ({ pid, command: `/opt/hog --n ${pid}`, ppid: 70, baseMb: 1_300 })),
  { pid: 110, command: '/opt/hog --tree', ppid: 70, baseMb: 1_200 },
  { pid: 111, command: '/opt/worker', ppid: 110, baseMb: 500 },
  { pid: 112, command: '/opt/worker', ppid: 110 },
  { pid: 113, command: '/opt/worker', ppid: 111 },
  { pid: 120, command: '/opt/hog --group', ppid: 70, pgid: 120, baseMb: 1_200 },
  { pid: 121, command: '/opt/worker', ppid: 70, pgid: 120, baseMb: 500 },
  { pid: 130, command: '/opt/vm -m 8192', ppid: 1, baseMb: 3_000 },
  { pid: 131, command: '/opt/vm -m 4096', ppid: 1, baseMb: 2_500 },
  { pid: 140, command: '/opt/hog --late', ppid: 70, baseMb: 1_300 },
  { pid: 200, command: '/opt/mlx serve', uid: 501, baseMb: 4_000, fixed: true },
  { pid: 201, command: '/opt/hog mlx-worker', ppid: 200, baseMb: 1_200, fixed: true },
  { pid: 202, command: '/opt/mlx serve', baseMb: 4_000, fixed: true },
  { pid: 210, command: '/opt/mlx code', uid: 501, baseMb: 2_500, fixed: true },
  { pid: 211, command: '/opt/hog code-worker', ppid: 210, baseMb: 1_200, fixed: true },
  { pid: 220, command: '/opt/hog loader', baseMb: 1_100, fixed: true },
  { pid: 400, command: '/opt/agent', baseMb: 900, fixed: true },
  { pid: 401, command: '/opt/hog indexer', baseMb: 1_100, fixed: true },
];

export const seats: readonly SeatConfig[] = [
  ['Cilghal', 'protected', 'com.mlx'],
  ['Codestral', 'on_call', 'com.code'],
  ['Loader', 'on_call', 'com.load'],
].map(
  ([name = '', seatClass, label = '']): SeatConfig => ({
    ...seatDefaults,
    name,
    class: seatClass === 'protected' ? 'protected' : 'on_call',
    label,
    peakBytes: 14 * GB,
    wiredBytes: 0,
    oracle: null,
    drainSeconds: 20,
  }),
);
