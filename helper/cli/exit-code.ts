import type { ErrorCode } from '../protocol/errors.ts';
import { type ExitCode, exitCodes } from './command.ts';

/** What a shell script learns of an error. */

const unanswered: ReadonlySet<ErrorCode> = new Set([
  'not_running',
  'not_ready',
  'answer_timeout',
  'connection_lost',
  'shutting_down',
  'idle_timeout',
  'too_slow',
  'internal',
]);
const usage: ReadonlySet<ErrorCode> = new Set(['bad_arguments', 'socket_path_too_long', 'pattern_invalid']);
const findings: ReadonlySet<ErrorCode> = new Set([
  'config_invalid',
  'config_unreadable',
  'editor_failed',
  'act_failed',
  'scenario_invalid',
  'report_invalid',
  'report_unreadable',
  'install_failed',
  'uninstall_failed',
  'cutover_undone',
  'cutover_stuck',
  'rollback_incomplete',
]);

export const exitCodeOf = (code: ErrorCode): ExitCode => {
  if (unanswered.has(code)) return exitCodes.unanswered;
  if (usage.has(code)) return exitCodes.usage;
  return findings.has(code) ? exitCodes.findings : exitCodes.refused;
};
