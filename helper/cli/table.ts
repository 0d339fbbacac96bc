import type { Command } from './command.ts';
import { configCheckCommand } from './commands/config-check.ts';
import { configEditCommand } from './commands/config-edit.ts';
import { configReloadCommand } from './commands/config-reload.ts';
import { doctorCommand } from './commands/doctor.ts';
import { schemaCommand } from './commands/schema.ts';
import { simHelpCommand } from './commands/sim-help.ts';
import { simSetCommand } from './commands/sim-set.ts';
import { statusCommand } from './commands/status.ts';
import { versionCommand } from './commands/version.ts';

/** Every command, in the order of the help. A new command is one file and one row here. */
export const commands: readonly Command[] = [
  statusCommand,
  doctorCommand,
  configCheckCommand,
  configEditCommand,
  configReloadCommand,
  schemaCommand,
  simSetCommand,
  simHelpCommand,
  versionCommand,
];
