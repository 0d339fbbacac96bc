import { realpathSync } from 'node:fs';
import { release } from 'node:os';
import { createPsStarts } from '../../../deadman/starts.ts';
import { bindNative } from '../../../host/darwin/native.ts';
import { createPeers } from '../../../host/darwin/peer.ts';
import { openHost } from '../../../host/open.ts';
import type { Place } from '../../place.ts';
import { continueByToken } from './by-token.ts';
import type { Mac } from './mac.ts';
import { surroundings } from './surroundings.ts';

/** The Mac this program runs on. */
export const openMac = async (place: Place): Promise<Mac> => {
  const native = bindNative();
  return {
    ...surroundings,
    host: await openHost('darwin'),
    darwinMajor: Number.parseInt(release(), 10) || 0,
    uid: process.geteuid?.() ?? -1,
    own: {
      pid: process.pid,
      executable: realpathSync(process.execPath),
      lastWords: process.argv.slice(2).join(' '),
      cpuMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1000;
      },
    },
    place,
    readStarts: createPsStarts(),
    tokenOf: createPeers(native).tokenOf,
    continueByToken: continueByToken(native),
  };
};
