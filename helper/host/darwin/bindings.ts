/**
 * Everything Castellan calls in libSystem, as data: functions with their C prototypes, and constants; structures are in
 * layouts.ts. koffi functions and decoders are made from it, and so are C static assertions: there is one place to be wrong in.
 *
 * Checked: names and values against Apple's macOS 13 headers and xnu 8792 to 11417. Never run on a Mac so far.
 */

export interface FunctionBinding {
  /** Public header that declares it; empty: none does. */
  readonly header: string;
  readonly result: string;
  readonly args: readonly string[];
  /** Not in every release from macOS 13 on: looked for when the library is opened, and done without where it is not. */
  readonly optional?: true;
  /** First release that has it. */
  readonly since?: string;
}

export const libSystemPath = '/usr/lib/libSystem.B.dylib';

export const functions = {
  sysctlbyname: {
    header: 'sys/sysctl.h',
    result: 'int',
    args: ['const char *', 'void *', 'size_t *', 'void *', 'size_t'],
  },
  sysctl: {
    header: 'sys/sysctl.h',
    result: 'int',
    args: ['int *', 'unsigned int', 'void *', 'size_t *', 'void *', 'size_t'],
  },
  mach_host_self: { header: 'mach/mach.h', result: 'mach_port_t', args: [] },
  host_statistics64: {
    header: 'mach/mach_host.h',
    result: 'kern_return_t',
    args: ['host_t', 'host_flavor_t', 'host_info64_t', 'mach_msg_type_number_t *'],
  },
  mach_timebase_info: { header: 'mach/mach_time.h', result: 'kern_return_t', args: ['mach_timebase_info_t'] },
  proc_listallpids: { header: 'libproc.h', result: 'int', args: ['void *', 'int'] },
  proc_pidinfo: { header: 'libproc.h', result: 'int', args: ['int', 'int', 'uint64_t', 'void *', 'int'] },
  proc_pid_rusage: { header: 'libproc.h', result: 'int', args: ['int', 'int', 'rusage_info_t *'] },
  proc_pidpath: { header: 'libproc.h', result: 'int', args: ['int', 'void *', 'uint32_t'] },
  proc_pidfdinfo: { header: 'libproc.h', result: 'int', args: ['int', 'int', 'int', 'void *', 'int'] },
  // libsyscall/wrappers/libproc/libproc.c of xnu-10063 and later: returns 0 or an errno, and sets errno, too.
  proc_signal_with_audittoken: {
    header: '',
    result: 'int',
    args: ['audit_token_t *', 'int'],
    optional: true,
    since: '14.4',
  },
  // bsd/sys/codesign.h of xnu; exported by libSystem, in no public header.
  csops: { header: '', result: 'int', args: ['pid_t', 'unsigned int', 'void *', 'size_t'] },
  setiopolicy_np: { header: 'sys/resource.h', result: 'int', args: ['int', 'int', 'int'] },
  getpwnam_r: {
    header: 'pwd.h',
    result: 'int',
    args: ['const char *', 'struct passwd *', 'char *', 'size_t', 'struct passwd **'],
  },
  getpwuid_r: {
    header: 'pwd.h',
    result: 'int',
    args: ['uid_t', 'struct passwd *', 'char *', 'size_t', 'struct passwd **'],
  },
  memorystatus_control: {
    // bsd/sys/kern_memorystatus.h of xnu; exported by libSystem, in no public header.
    header: '',
    result: 'int',
    args: ['uint32_t', 'int32_t', 'uint32_t', 'void *', 'size_t'],
  },
  getsockopt: { header: 'sys/socket.h', result: 'int', args: ['int', 'int', 'int', 'void *', 'socklen_t *'] },
  kill: { header: 'signal.h', result: 'int', args: ['pid_t', 'int'] },
  kqueue: { header: 'sys/event.h', result: 'int', args: [] },
  kevent: {
    header: 'sys/event.h',
    result: 'int',
    args: ['int', 'const struct kevent *', 'int', 'struct kevent *', 'int', 'const struct timespec *'],
  },
  close: { header: 'unistd.h', result: 'int', args: ['int'] },
} as const satisfies Readonly<Record<string, FunctionBinding>>;

type Functions = typeof functions;
export type OptionalFunctionName = {
  [Name in keyof Functions]: Functions[Name] extends { readonly optional: true } ? Name : never;
}[keyof Functions];
export type FunctionName = Exclude<keyof Functions, OptionalFunctionName>;

/** Constants that public headers declare, by their C names. */
export const constants = {
  CTL_KERN: 1,
  KERN_PROCARGS2: 49,
  HOST_VM_INFO64: 4,
  HOST_VM_INFO64_COUNT: 38,
  PROC_PIDLISTFDS: 1,
  PROC_PIDFDSOCKETINFO: 3,
  PROX_FDTYPE_SOCKET: 2,
  SOCKINFO_TCP: 2,
  TSI_S_LISTEN: 1,
  PROC_PIDTBSDINFO: 3,
  PROC_PIDT_SHORTBSDINFO: 13,
  PROC_PIDPATHINFO_MAXSIZE: 4096,
  // sys/proc_info.h, bits of pbi_flags: in the kernel itself; under a debugger.
  PROC_FLAG_SYSTEM: 1,
  PROC_FLAG_TRACED: 2,
  RUSAGE_INFO_V4: 4,
  RUSAGE_INFO_V6: 6,
  SRUN: 2,
  SSLEEP: 3,
  SSTOP: 4,
  SZOMB: 5,
  AF_INET: 2,
  AF_INET6: 30,
  IOPOL_TYPE_DISK: 0,
  IOPOL_SCOPE_PROCESS: 0,
  IOPOL_IMPORTANT: 1,
  SOL_LOCAL: 0,
  LOCAL_PEERCRED: 1,
  LOCAL_PEERPID: 2,
  LOCAL_PEERTOKEN: 6,
  XUCRED_VERSION: 0,
  EV_ADD: 1,
  EV_CLEAR: 0x20,
  EVFILT_USER: -10,
  NOTE_TRIGGER: 0x0100_0000,
  SIGKILL: 9,
  SIGTERM: 15,
  SIGSTOP: 17,
  SIGCONT: 19,
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EBADF: 9,
  ENOMEM: 12,
  EBUSY: 16,
  EINVAL: 22,
  ERANGE: 34,
  ENOTSUP: 45,
  ENOTCONN: 57,
  ENOSYS: 78,
  EOPNOTSUPP: 102,
} as const;

/** Constants of xnu's private headers. */
export const privateConstants = {
  // bsd/sys/proc_info_private.h; readable for every process of every user.
  PROC_PIDUNIQIDENTIFIERINFO: 17,
  // bsd/sys/event_private.h; the masks are those of the public dispatch source.
  EVFILT_MEMORYSTATUS: -14,
  NOTE_MEMORYSTATUS_PRESSURE_NORMAL: 1,
  NOTE_MEMORYSTATUS_PRESSURE_WARN: 2,
  NOTE_MEMORYSTATUS_PRESSURE_CRITICAL: 4,
  // bsd/sys/kern_memorystatus.h
  MEMORYSTATUS_CMD_GET_PRIORITY_LIST: 1,
  MEMORYSTATUS_CMD_SET_PRIORITY_PROPERTIES: 2,
  MEMORYSTATUS_CMD_GET_JETSAM_SNAPSHOT: 3,
  MEMORYSTATUS_CMD_PRIVILEGED_LISTENER_ENABLE: 9,
  MEMORYSTATUS_CMD_GET_PROCESS_IS_MANAGED: 17,
  // Without this flag the kernel's one snapshot is consumed, which macOS needs for its own report.
  MEMORYSTATUS_FLAGS_SNAPSHOT_ON_DEMAND: 1,
  kMemorystatusAssertion: 0x40,
  // bsd/sys/codesign.h and osfmk/kern/cs_blobs.h
  CS_OPS_STATUS: 0,
  CS_OPS_ENTITLEMENTS_BLOB: 7,
  CS_OPS_DER_ENTITLEMENTS_BLOB: 16,
  CS_VALID: 0x0000_0001,
  CS_PLATFORM_BINARY: 0x0400_0000,
  CS_DEBUGGED: 0x1000_0000,
  CS_SIGNED: 0x2000_0000,
  CSMAGIC_EMBEDDED_ENTITLEMENTS: 0xfade_7171,
  CSMAGIC_EMBEDDED_DER_ENTITLEMENTS: 0xfade_7172,
} as const;

/** Lowest Darwin release with the band numbers of bands.ts: 22 is macOS 13. */
export const oldestDarwin = 22;
