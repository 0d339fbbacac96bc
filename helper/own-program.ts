import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

/** How this program is started again, with another role as next argument: as what ships, or unbuilt by the same Node. */
export const ownProgram = (): readonly [string, ...string[]] =>
  isSea() ? [process.execPath] : [process.execPath, fileURLToPath(new URL('./main.ts', import.meta.url))];
