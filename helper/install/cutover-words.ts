import type { CutoverPlan, Step } from './cutover-plan.ts';
import { userDomain } from './retired.ts';

/** Steps of a cutover in sentences: the same ones when they are planned and when they are carried out. */

const counted = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

export const backupPath = ({ account, backup }: Pick<CutoverPlan, 'account' | 'backup'>): string =>
  `${account.home}/.sanctum/backups/${backup}`;

const agentsPath = ({ account }: CutoverPlan, name: string): string => `${account.home}/Library/LaunchAgents/${name}`;

export const stepText = (step: Step, plan: CutoverPlan): string => {
  switch (step.kind) {
    case 'back_up':
      return `Back up ${counted(step.files.length, 'property list')} to ${backupPath(plan)}, and compare them byte by byte.`;
    case 'hold':
      return step.labels.length === 0
        ? 'See that no daemon of Castellan is loaded.'
        : `Keep ${step.labels.join(', ')} from being started before their turn (launchctl disable).`;
    case 'boot_out':
      return `Boot out ${userDomain(plan.account.uid)}/${step.label}, and wait until launchd does not know it any more.`;
    case 'retire':
      return `Rename ${agentsPath(plan, step.file.name)} to ${step.retired}.`;
    case 'free_port':
      return `See that nobody listens at ${step.address} any more.`;
    case 'go_live':
      return `Leave the dry run: write ${step.path} (${step.diff.join('; ')}).`;
    case 'start':
      return `Start system/${step.label} from ${step.plist}, with none of the old services loaded.`;
    case 'confirm':
      return `See that ${step.labels.join(', ')} run, that the keeper answers, and that ${step.address} is served.`;
  }
};

/** Null: there is nothing to undo. */
export const undoText = (step: Step, plan: CutoverPlan): string | null => {
  switch (step.kind) {
    case 'back_up':
    case 'free_port':
    case 'confirm':
      return null;
    case 'hold':
      return 'See that no daemon of Castellan is loaded, and boot out one that is.';
    case 'boot_out':
      return `Load ${agentsPath(plan, step.name)} into ${userDomain(plan.account.uid)} again.`;
    case 'retire':
      return `Rename ${step.retired} back to ${agentsPath(plan, step.file.name)}; from the backup if it was changed.`;
    case 'go_live':
      return step.before === null ? `Remove ${step.path} again.` : `Put the former text back into ${step.path}.`;
    case 'start':
      return `Boot out system/${step.label}, wait until it is gone, and keep it from being started (launchctl disable).`;
  }
};
