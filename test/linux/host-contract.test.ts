import { hostContract } from '../unit/host-contract.ts';
import { makeLinuxWorld } from './world.ts';

if (process.platform === 'linux') {
  hostContract('linux', () => makeLinuxWorld());
  hostContract('linux without descriptors to spare', () => makeLinuxWorld({ keepDescriptors: 0 }));
}
