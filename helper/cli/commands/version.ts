import { productVersion, protocolVersion } from '../../protocol/version.ts';
import { type Command, exit, exitCodes } from '../command.ts';

export const versionCommand: Command = {
  name: 'version',
  summary: 'version of this program',
  options: {},
  run: async (_parsed, { out }) => {
    out.write(`castellan ${productVersion} (protocol ${protocolVersion}, Node ${process.versions.node})\n`);
    return exit(exitCodes.ok);
  },
};
