import type { ProcessSpec } from './scenario.ts';

/** What any Mac runs, with footprints of the order seen on one that has been up for days. */

const MB = 2 ** 20;

const daemon = (path: string, megabytes: number, uid = 0, label?: string): ProcessSpec => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    name,
    command: path,
    uid,
    footprintBytes: megabytes * MB,
    coldShare: 0.7,
    band: uid === 0 ? 40 : 180,
    isPlatform: true,
    // Each of them is reached by name, and started again by whoever asks for it.
    service: { label: label ?? `com.apple.${name}`, keepAlive: true, machServices: true },
  };
};

const core = '/System/Library/CoreServices';
const frameworks = '/System/Library/Frameworks';
const hidden = '/System/Library/PrivateFrameworks';
const user = 501;

export const appleProcesses: readonly ProcessSpec[] = [
  { name: 'launchd', command: '/sbin/launchd', footprintBytes: 24 * MB, band: 999, isPlatform: true },
  daemon('/usr/libexec/logd', 58, 0, 'com.apple.logd'),
  daemon('/usr/libexec/opendirectoryd', 14, 0, 'com.apple.opendirectoryd'),
  daemon('/usr/libexec/configd', 9, 0, 'com.apple.configd'),
  daemon('/System/Library/CoreServices/powerd.bundle/powerd', 6, 0, 'com.apple.powerd'),
  daemon('/usr/libexec/runningboardd', 11, 0, 'com.apple.runningboardd'),
  daemon('/usr/libexec/watchdogd', 3, 0, 'com.apple.watchdogd'),
  daemon('/usr/sbin/cfprefsd', 7, 0, 'com.apple.cfprefsd.xpc.daemon'),
  daemon('/usr/sbin/mDNSResponder', 8, 65, 'com.apple.mDNSResponder.reloaded'),
  daemon('/usr/libexec/airportd', 12, 0, 'com.apple.airportd'),
  daemon('/usr/libexec/syspolicyd', 21, 0, 'com.apple.security.syspolicy'),
  daemon('/usr/libexec/trustd', 13, 0, 'com.apple.trustd'),
  daemon('/usr/sbin/securityd', 10, 0, 'com.apple.securityd'),
  daemon('/usr/libexec/endpointsecurityd', 5, 0, 'com.apple.endpointsecurity.endpointsecurityd'),
  daemon(`${core}/coreservicesd`, 10, 0, 'com.apple.coreservicesd'),
  daemon(`${core}/loginwindow.app/Contents/MacOS/loginwindow`, 31, user, 'com.apple.loginwindow'),
  daemon(`${hidden}/SkyLight.framework/Resources/WindowServer`, 520, 88, 'com.apple.WindowServer'),
  daemon(
    `${frameworks}/CoreServices.framework/Frameworks/Metadata.framework/Support/mds`,
    74,
    0,
    'com.apple.metadata.mds',
  ),
  daemon(
    `${frameworks}/CoreServices.framework/Versions/A/Frameworks/Metadata.framework/Versions/A/Support/mds_stores`,
    128,
    0,
    'com.apple.metadata.mds.index',
  ),
  daemon('/usr/sbin/bluetoothd', 11, 0, 'com.apple.bluetoothd'),
  daemon('/usr/libexec/nsurlsessiond', 12, user, 'com.apple.nsurlsessiond'),
  daemon('/usr/libexec/rapportd', 9, user, 'com.apple.rapportd-user'),
  daemon('/usr/libexec/sharingd', 18, user, 'com.apple.sharingd'),
  daemon('/usr/libexec/trustd', 9, user, 'com.apple.trustd.agent'),
  daemon('/usr/sbin/distnoted', 4, user, 'com.apple.distnoted.xpc.agent'),
  daemon(`${core}/Dock.app/Contents/MacOS/Dock`, 46, user, 'com.apple.Dock.agent'),
  daemon(`${core}/Finder.app/Contents/MacOS/Finder`, 88, user, 'com.apple.Finder'),
  daemon(`${core}/ControlCenter.app/Contents/MacOS/ControlCenter`, 62, user, 'com.apple.controlcenter'),
  daemon(
    `${core}/NotificationCenter.app/Contents/MacOS/NotificationCenter`,
    39,
    user,
    'com.apple.notificationcenterui.agent',
  ),
  daemon(`${core}/SystemUIServer.app/Contents/MacOS/SystemUIServer`, 17, user, 'com.apple.SystemUIServer.agent'),
  daemon(`${core}/talagentd`, 14, user, 'com.apple.talagent'),
  daemon('/usr/libexec/photoanalysisd', 94, user, 'com.apple.photoanalysisd'),
  daemon('/usr/libexec/suggestd', 41, user, 'com.apple.suggestd'),
  daemon(`${hidden}/MediaAnalysis.framework/Versions/A/mediaanalysisd`, 71, user, 'com.apple.mediaanalysisd'),
  daemon(`${hidden}/CloudKitDaemon.framework/Support/cloudd`, 27, user, 'com.apple.cloudd'),
  daemon('/usr/sbin/sshd', 6, 0, 'com.openssh.sshd'),
];
