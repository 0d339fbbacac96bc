import type { ProcessId } from '../../../host/reading.ts';
import { fail, isWrong, type MacVerdict } from './check.ts';
import type { Mac, OwnChild } from './mac.ts';

/** What Castellan does to processes is tried on a child of its own and on nobody else. */
export const withChild = async (
  mac: Mac,
  look: (child: OwnChild, id: ProcessId) => Promise<MacVerdict>,
): Promise<MacVerdict> => {
  const child = await mac.startChild();
  try {
    const id = mac.host.identify(child.pid);
    return 'problem' in id
      ? fail(`a child of ours cannot be identified: ${id.detail}`, isWrong)
      : await look(child, id);
  } finally {
    await child.end();
  }
};
