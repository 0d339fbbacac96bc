/**
 * Which services a row of castellan.toml means: one by its label, or all whose labels begin so (`com.apple.siri*`). Denials come
 * first: what the machine or the way into it depends on is never meant, whatever is written.
 */

const own = 'com.sanctum.castellan';

/** macOS cannot do without them, or nobody gets in without them. The labels are those of the lists in /System/Library of macOS 14. */
const deniedLabels: readonly string[] = [
  'com.apple.WindowServer',
  'com.apple.loginwindow',
  'com.apple.watchdogd',
  'com.apple.logd',
  'com.apple.notifyd',
  'com.apple.distnoted.xpc.daemon',
  'com.apple.distnoted.xpc.agent',
  'com.apple.configd',
  'com.apple.securityd',
  'com.apple.secd',
  'com.apple.trustd',
  'com.apple.tccd',
  'com.apple.tccd.system',
  'com.apple.syspolicyd',
  'com.apple.opendirectoryd',
  'com.apple.diskarbitrationd',
  'com.apple.diskmanagementd',
  'com.apple.kernelmanagerd',
  'com.apple.runningboardd',
  'com.apple.powerd',
  'com.apple.thermald',
  'com.apple.mDNSResponder.reloaded',
  'com.apple.mDNSResponderHelper.reloaded',
  'com.apple.coreservicesd',
  'com.apple.coreservices.launchservicesd',
  'com.apple.lsd',
  'com.apple.cfprefsd.xpc.daemon',
  'com.apple.cfprefsd.xpc.agent',
  'com.apple.UserEventAgent-System',
  'com.apple.UserEventAgent-Aqua',
  'com.apple.Finder',
  'com.apple.Dock.agent',
  'com.apple.SystemUIServer.agent',
  'com.apple.smd',
  'com.apple.apfsd',
  'com.apple.fseventsd',
  'com.openssh.sshd',
  'com.openssh.ssh-agent',
  'com.tailscale.tailscaled',
];

const isPrefix = (row: string): boolean => row.endsWith('*');
const prefixOf = (row: string): string => row.slice(0, -1);

/** Labels are told apart by case in launchd; a slip in it must not slip through here. */
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** @param row a label, or the beginning of labels with an asterisk behind it */
export const means = (row: string, label: string): boolean =>
  isPrefix(row) ? label.toLowerCase().startsWith(prefixOf(row).toLowerCase()) : same(row, label);

/** Whether a row means any of these. */
export const meansAny = (row: string, labels: Iterable<string>): boolean =>
  [...labels].some((label) => means(row, label));

/** Null: it may be shed. */
export const deniedService = (label: string): string | null => {
  if (means(own, label) || means(`${own}.*`, label)) return 'it is Castellan itself';
  return deniedLabels.some((each) => same(each, label)) ? 'the system, or the way into it, depends on it' : null;
};

/** A label that a row means and that is never shed; null: it means none. */
export const deniedIn = (row: string): { readonly label: string; readonly why: string } | null => {
  const label = [own, `${own}.deadman`, `${own}.gateway`, ...deniedLabels].find((each) => means(row, each));
  const denied = label ?? (isPrefix(row) ? undefined : row);
  const why = denied === undefined ? null : deniedService(denied);
  return denied === undefined || why === null ? null : { label: denied, why };
};

/** The labels that a row means among those that are loaded; of one by its label that label, loaded or not. */
export const labelsOf = (row: string, loaded: Iterable<string>): readonly string[] =>
  isPrefix(row) ? [...loaded].filter((label) => means(row, label) && deniedService(label) === null).sort() : [row];
