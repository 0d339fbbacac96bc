import type { Command } from './command.ts';
import { adviceCommand } from './commands/advice.ts';
import { approveCommand } from './commands/approve.ts';
import { configCheckCommand } from './commands/config-check.ts';
import { configEditCommand } from './commands/config-edit.ts';
import { configReloadCommand } from './commands/config-reload.ts';
import { containersCommand } from './commands/containers.ts';
import { cutoverCommand } from './commands/cutover.ts';
import { denyCommand } from './commands/deny.ts';
import { doctorCommand } from './commands/doctor.ts';
import { ensureCommand } from './commands/ensure.ts';
import { explainCommand } from './commands/explain.ts';
import { fallbackCommand } from './commands/fallback.ts';
import { fitsCommand } from './commands/fits.ts';
import { guardPathCommand } from './commands/guard-path.ts';
import { healthCommand } from './commands/health.ts';
import { incidentsCommand } from './commands/incidents.ts';
import { installCommand } from './commands/install.ts';
import { keepCommand } from './commands/keep.ts';
import { loadCommand } from './commands/load.ts';
import { logCommand } from './commands/log.ts';
import { matchCommand } from './commands/match.ts';
import { pendingCommand } from './commands/pending.ts';
import { plistCommand } from './commands/plist.ts';
import { pushCommand } from './commands/push.ts';
import { pushTestCommand } from './commands/push-test.ts';
import { refreshCommand } from './commands/refresh.ts';
import { releaseCommand } from './commands/release.ts';
import { reliefCommand } from './commands/relief.ts';
import { reliefClearLeakCommand } from './commands/relief-clear-leak.ts';
import { reliefDryRunCommand, reliefLiveCommand } from './commands/relief-mode.ts';
import { reliefPauseCommand, reliefUnpauseCommand } from './commands/relief-pause.ts';
import { reliefRestoreCommand } from './commands/relief-restore.ts';
import { reliefResumeCommand } from './commands/relief-resume.ts';
import { reliefWrongCommand } from './commands/relief-wrong.ts';
import { replayCommand } from './commands/replay.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { schemaCommand } from './commands/schema.ts';
import { servicesCommand } from './commands/services.ts';
import { simHelpCommand } from './commands/sim-help.ts';
import { simSetCommand } from './commands/sim-set.ts';
import { statusCommand } from './commands/status.ts';
import { uninstallCommand } from './commands/uninstall.ts';
import { versionCommand } from './commands/version.ts';
import { watchCommand } from './commands/watch.ts';

/** Every command, in the order of the help. A new command is one file and one row here. */
export const commands: readonly Command[] = [
  statusCommand,
  servicesCommand,
  healthCommand,
  containersCommand,
  ensureCommand,
  loadCommand,
  releaseCommand,
  keepCommand,
  fallbackCommand,
  fitsCommand,
  plistCommand,
  pendingCommand,
  approveCommand,
  denyCommand,
  explainCommand,
  adviceCommand,
  reliefCommand,
  reliefLiveCommand,
  reliefDryRunCommand,
  reliefWrongCommand,
  reliefResumeCommand,
  reliefRestoreCommand,
  reliefClearLeakCommand,
  reliefPauseCommand,
  reliefUnpauseCommand,
  logCommand,
  pushCommand,
  pushTestCommand,
  watchCommand,
  doctorCommand,
  configCheckCommand,
  configEditCommand,
  configReloadCommand,
  matchCommand,
  guardPathCommand,
  incidentsCommand,
  replayCommand,
  schemaCommand,
  installCommand,
  uninstallCommand,
  cutoverCommand,
  rollbackCommand,
  refreshCommand,
  simSetCommand,
  simHelpCommand,
  versionCommand,
];
