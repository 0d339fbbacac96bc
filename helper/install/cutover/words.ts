import { besideOf, type CutoverPlan, type Observe, type Step } from './plan.ts';
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
    case 'observe':
      return step.old.length === 0
        ? `See that ${step.labels.join(', ')} are loaded, and that the keeper answers; they go on running.`
        : `See that ${step.labels.join(', ')} are loaded, and that the keeper only observes; they go on running.`;
    case 'boot_out':
      return `Boot out ${userDomain(plan.account.uid)}/${step.label}, and wait until launchd does not know it any more.`;
    case 'retire':
      return `Rename ${agentsPath(plan, step.file.name)} to ${step.retired}.`;
    case 'free_port':
      return `See that nobody listens at ${step.address} any more.`;
    case 'own_port':
      return `See that nobody but Castellan listens at ${step.address} any more.`;
    case 'go_live':
      return `Leave the dry run: write ${step.path} (${step.diff.join('; ')}).`;
    case 'look_again':
      return 'Have Castellan end in order and start anew (keeper.refresh), so that it sees at once that they are gone.';
    case 'start':
      return `Start system/${step.label} from ${step.plist}, with none of the old services loaded.`;
    case 'confirm':
      return `See that ${step.labels.join(', ')} run, that the keeper answers, and that ${step.address} is served.`;
  }
};

const isOff = (isInstalled: boolean): string =>
  isInstalled ? 'Castellan is then off.' : 'Castellan is then off, and the app shows its helper as not running.';

/** Of a Castellan that a way back has ended. The app's registration outlives it, and launchd remembers what it was told by the label. */
export const backOnText = ({ labels, isInstalled }: Pick<Observe, 'labels' | 'isInstalled'>): string =>
  isInstalled
    ? `${isOff(isInstalled)} To bring it back: \`sudo castellan cutover\`.`
    : `${isOff(isInstalled)} To bring it back: ${labels.map((label) => `\`sudo launchctl enable system/${label}\``).join(', ')}, then switch Castellan off and on under System Settings → General → Login Items, or restart the Mac. Beside the old services it only observes; \`sudo castellan cutover\` then retires them.`;

/** What is different where ours run already; null: they do not. */
export const besideText = (plan: CutoverPlan): string | null => {
  const beside = besideOf(plan);
  if (beside === null || !plan.steps.some(({ kind }) => kind === 'boot_out')) return null;
  return `Castellan runs already, and goes on running. A rollback ends it before it brings the old services back. ${backOnText(beside)}`;
};

/** Null: there is nothing to undo. */
export const undoText = (step: Step, plan: CutoverPlan): string | null => {
  switch (step.kind) {
    case 'back_up':
    case 'free_port':
    case 'own_port':
    case 'confirm':
      return null;
    case 'hold':
      return 'See that no daemon of Castellan is loaded, and boot out one that is.';
    case 'observe':
      return plan.steps.some(({ kind }) => kind === 'boot_out')
        ? `Unless all that were booted out are loaded still: boot out ${step.labels.join(', ')}, wait until they are gone, and keep them from being started (launchctl disable). ${isOff(step.isInstalled)}`
        : null;
    case 'boot_out':
      return `Load ${agentsPath(plan, step.name)} into ${userDomain(plan.account.uid)} again.`;
    case 'retire':
      return `Rename ${step.retired} back to ${agentsPath(plan, step.file.name)}; from the backup if it was changed.`;
    case 'go_live':
      return step.before === null ? `Remove ${step.path} again.` : `Put the former text back into ${step.path}.`;
    case 'look_again':
      return plan.steps.some(({ kind }) => kind === 'go_live')
        ? 'Where the keeper still runs, have it start anew, with the former castellan.toml.'
        : null;
    case 'start':
      return `Boot out system/${step.label}, wait until it is gone, and keep it from being started (launchctl disable).`;
  }
};
