import { programsOf, runs } from './programs.ts';

/**
 * Programs that are never frozen and never ended, whatever the configuration says: without them the machine, or the way
 * into it, is gone. Each with command lines by which it is known, so that a pattern that means it is refused at load.
 */
interface DeniedProgram {
  readonly program: string;
  readonly why: string;
  readonly commands: readonly string[];
}

const system = 'the system cannot do without it';
const remote = 'it is the way into this machine from elsewhere';

export const deniedPrograms: readonly DeniedProgram[] = [
  { program: 'kernel_task', why: 'it is the kernel', commands: ['kernel_task'] },
  { program: 'launchd', why: system, commands: ['/sbin/launchd', 'launchd'] },
  { program: 'init', why: system, commands: ['/sbin/init', 'init', '/sbin/init splash'] },
  {
    program: 'systemd',
    why: system,
    commands: [
      '/usr/lib/systemd/systemd --system --deserialize=31',
      '/lib/systemd/systemd --system',
      '/usr/lib/systemd/systemd --user',
      'systemd',
    ],
  },
  {
    program: 'WindowServer',
    why: 'it draws every window',
    commands: [
      '/System/Library/PrivateFrameworks/SkyLight.framework/Resources/WindowServer',
      '/System/Library/PrivateFrameworks/SkyLight.framework/Resources/WindowServer -daemon',
      'WindowServer',
    ],
  },
  {
    program: 'loginwindow',
    why: 'the session of the user ends with it',
    commands: [
      '/System/Library/CoreServices/loginwindow.app/Contents/MacOS/loginwindow',
      '/System/Library/CoreServices/loginwindow.app/Contents/MacOS/loginwindow console',
      'loginwindow',
    ],
  },
  {
    program: 'watchdogd',
    why: 'the machine restarts when it does not answer',
    commands: ['/usr/libexec/watchdogd', 'watchdogd'],
  },
  {
    program: 'sshd',
    why: remote,
    commands: [
      '/usr/sbin/sshd -D',
      '/usr/sbin/sshd -i',
      '/usr/sbin/sshd',
      'sshd: neo [priv]',
      'sshd: neo@ttys000',
      'sshd',
    ],
  },
  // OpenSSH 9.8 gave the sessions of sshd a program of their own (https://www.openssh.com/txt/release-9.8), 10.0 the
  // authentication another (https://www.openssh.com/txt/release-10.0).
  {
    program: 'sshd-session',
    why: remote,
    commands: ['/usr/libexec/sshd-session', '/usr/lib/openssh/sshd-session -D -R', 'sshd-session: neo [priv]'],
  },
  {
    program: 'sshd-auth',
    why: remote,
    commands: ['/usr/libexec/sshd-auth', '/usr/lib/openssh/sshd-auth -D -R', 'sshd-auth: neo [net]'],
  },
  {
    program: 'tailscaled',
    why: remote,
    commands: [
      '/usr/local/bin/tailscaled',
      '/usr/sbin/tailscaled --state=/var/lib/tailscale/tailscaled.state',
      'tailscaled',
    ],
  },
  // The same on a Mac, as a system extension or from the App Store (https://tailscale.com/kb/1065/macos-variants).
  {
    program: 'io.tailscale.ipn.macsys.network-extension',
    why: remote,
    commands: [
      '/Library/SystemExtensions/0A1B2C3D-0000-0000-0000-000000000000/io.tailscale.ipn.macsys.network-extension.systemextension/Contents/MacOS/io.tailscale.ipn.macsys.network-extension',
    ],
  },
  {
    program: 'IPNExtension',
    why: remote,
    commands: ['/Applications/Tailscale.app/Contents/PlugIns/IPNExtension.appex/Contents/MacOS/IPNExtension'],
  },
  { program: 'castellan', why: 'it is Castellan itself', commands: ['castellan keeper', 'castellan deadman'] },
];

/**
 * Terminal programs of macOS, by the end of their path: whoever freezes one freezes the shell in which Castellan could be
 * told to undo it.
 */
const terminals: readonly string[] = [
  'Terminal.app/Contents/MacOS/Terminal',
  'iTerm.app/Contents/MacOS/iTerm2',
  'Warp.app/Contents/MacOS/stable',
  'Ghostty.app/Contents/MacOS/ghostty',
  'kitty.app/Contents/MacOS/kitty',
  'WezTerm.app/Contents/MacOS/wezterm-gui',
  'Alacritty.app/Contents/MacOS/alacritty',
  'Hyper.app/Contents/MacOS/Hyper',
  'Tabby.app/Contents/MacOS/Tabby',
  'Rio.app/Contents/MacOS/rio',
];

/** Why a process with this command line is denied by the program it runs; null: it is not. */
export const deniedProgram = (
  command: string,
): { readonly code: 'system_program' | 'terminal'; readonly text: string } | null => {
  const programs = programsOf(command);
  const denied = deniedPrograms.find(({ program }) => runs(programs, program));
  if (denied !== undefined) return { code: 'system_program', text: `${denied.program}: ${denied.why}` };
  return terminals.some((program) => runs(programs, program))
    ? { code: 'terminal', text: 'a terminal program: the way to tell Castellan to undo what it did' }
    : null;
};

/** The first denied program that a pattern means, with the command line it matches; null: none. */
export const deniedByPattern = (
  matches: (command: string) => boolean,
): { readonly program: string; readonly command: string; readonly why: string } | null => {
  for (const { program, why, commands } of deniedPrograms) {
    const command = commands.find(matches);
    if (command !== undefined) return { program, command, why };
  }
  return null;
};
