/**
 * Everything Castellan calls in libSystem, as data: functions with their C prototypes, structures with sizes and
 * offsets, constants. koffi functions and decoders are made from it, and so can C static assertions be: there is one
 * place to be wrong in. Layouts are those of LP64 arm64 and x86-64 alike.
 *
 * Checked: names and values against Apple's macOS 13 headers and xnu 8792 to 11417. Never run on a Mac so far.
 */

export interface StructLayout {
  /** The C type, or null where no public header declares it; `source` says where the order of fields was read. */
  readonly c: string | null;
  readonly source: string;
  readonly size: number;
  /** Field → [offset, size], bytes. */
  readonly fields: Readonly<Record<string, readonly [number, number]>>;
}

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

export const layouts = {
  vm_statistics64: {
    c: 'struct vm_statistics64',
    source: 'mach/vm_statistics.h',
    size: 152,
    fields: {
      free_count: [0, 4],
      active_count: [4, 4],
      inactive_count: [8, 4],
      wire_count: [12, 4],
      faults: [48, 8],
      purgeable_count: [88, 4],
      speculative_count: [92, 4],
      swapins: [112, 8],
      swapouts: [120, 8],
      compressor_page_count: [128, 4],
      external_page_count: [136, 4],
      internal_page_count: [140, 4],
      total_uncompressed_pages_in_compressor: [144, 8],
    },
  },
  xsw_usage: {
    c: 'struct xsw_usage',
    source: 'sys/sysctl.h',
    size: 32,
    fields: { xsu_total: [0, 8], xsu_avail: [8, 8], xsu_used: [16, 8], xsu_pagesize: [24, 4], xsu_encrypted: [28, 4] },
  },
  proc_bsdinfo: {
    c: 'struct proc_bsdinfo',
    source: 'sys/proc_info.h',
    size: 136,
    fields: {
      pbi_flags: [0, 4],
      pbi_status: [4, 4],
      pbi_pid: [12, 4],
      pbi_ppid: [16, 4],
      pbi_uid: [20, 4],
      pbi_comm: [48, 16],
      pbi_name: [64, 32],
      pbi_pgid: [100, 4],
      pbi_start_tvsec: [120, 8],
      pbi_start_tvusec: [128, 8],
    },
  },
  proc_bsdshortinfo: {
    c: 'struct proc_bsdshortinfo',
    source: 'sys/proc_info.h',
    size: 64,
    fields: {
      pbsi_pid: [0, 4],
      pbsi_ppid: [4, 4],
      pbsi_pgid: [8, 4],
      pbsi_status: [12, 4],
      pbsi_comm: [16, 16],
      pbsi_flags: [32, 4],
      pbsi_uid: [36, 4],
    },
  },
  proc_uniqidentifierinfo: {
    c: null,
    source: 'xnu bsd/sys/proc_info_private.h',
    size: 56,
    fields: { p_uuid: [0, 16], p_uniqueid: [16, 8], p_puniqueid: [24, 8], p_idversion: [32, 4] },
  },
  /** Versions 0 to 6 keep these offsets; the lifetime peak is in 4 and later. */
  rusage_info_v6: {
    c: 'struct rusage_info_v6',
    source: 'sys/resource.h',
    size: 464,
    fields: {
      ri_user_time: [16, 8],
      ri_system_time: [24, 8],
      ri_wired_size: [56, 8],
      ri_resident_size: [64, 8],
      ri_phys_footprint: [72, 8],
      ri_proc_start_abstime: [80, 8],
      ri_lifetime_max_phys_footprint: [240, 8],
    },
  },
  rusage_info_v4: {
    c: 'struct rusage_info_v4',
    source: 'sys/resource.h',
    size: 296,
    fields: { ri_phys_footprint: [72, 8], ri_proc_start_abstime: [80, 8], ri_lifetime_max_phys_footprint: [240, 8] },
  },
  proc_fdinfo: {
    c: 'struct proc_fdinfo',
    source: 'sys/proc_info.h',
    size: 8,
    fields: { proc_fd: [0, 4], proc_fdtype: [4, 4] },
  },
  /** The part for TCP: `soi_proto.pri_tcp`, valid where `soi_kind` is SOCKINFO_TCP. */
  socket_fdinfo: {
    c: 'struct socket_fdinfo',
    source: 'sys/proc_info.h',
    size: 792,
    fields: {
      'psi.soi_family': [184, 4],
      'psi.soi_kind': [256, 4],
      'psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport': [268, 4],
      'psi.soi_proto.pri_tcp.tcpsi_ini.insi_laddr.ina_6': [312, 16],
      'psi.soi_proto.pri_tcp.tcpsi_state': [344, 4],
    },
  },
  audit_token_t: {
    c: 'audit_token_t',
    source: 'mach/message.h',
    size: 32,
    fields: { val: [0, 32] },
  },
  mach_timebase_info: {
    c: 'mach_timebase_info_data_t',
    source: 'mach/mach_time.h',
    size: 8,
    fields: { numer: [0, 4], denom: [4, 4] },
  },
  memorystatus_priority_entry: {
    c: null,
    source: 'xnu bsd/sys/kern_memorystatus.h',
    size: 24,
    fields: { pid: [0, 4], priority: [4, 4], user_data: [8, 8], limit: [16, 4], state: [20, 4] },
  },
  /** 16 bytes: user_data is aligned to 8. A packed structure is answered with EINVAL. */
  memorystatus_priority_properties: {
    c: null,
    source: 'xnu bsd/sys/kern_memorystatus.h',
    size: 16,
    fields: { priority: [0, 4], user_data: [8, 8] },
  },
  /**
   * The head of a jetsam snapshot; entries follow. `stats` is a memorystatus_kernel_stats, whose last field is a name of
   * MACH_ZONE_NAME_MAX_LEN (80) bytes. The same from xnu-8792 to the 26 generation; OSAnalytics asks for 200 bytes, too.
   */
  jetsam_snapshot: {
    c: null,
    source: 'xnu bsd/sys/kern_memorystatus.h',
    size: 200,
    fields: {
      snapshot_time: [0, 8],
      'stats.compressor_pages': [60, 4],
      'stats.total_uncompressed_pages_in_compressor': [80, 8],
      entry_count: [192, 8],
    },
  },
  /**
   * One process of it, as xnu-8792 (macOS 13) has it. Later releases put fields behind these (280 bytes, and 288 in the 26
   * generation), so the distance between two entries is found from the data.
   */
  jetsam_snapshot_entry: {
    c: null,
    source: 'xnu bsd/sys/kern_memorystatus.h',
    size: 272,
    fields: {
      pid: [0, 4],
      name: [4, 33],
      priority: [40, 4],
      state: [44, 4],
      pages: [88, 8],
      jse_internal_pages: [112, 8],
      jse_internal_compressed_pages: [120, 8],
    },
  },
  passwd: {
    c: 'struct passwd',
    source: 'pwd.h',
    size: 72,
    fields: { pw_name: [0, 8], pw_uid: [16, 4], pw_gid: [20, 4], pw_dir: [48, 8] },
  },
  xucred: {
    c: 'struct xucred',
    source: 'sys/ucred.h',
    size: 76,
    fields: { cr_version: [0, 4], cr_uid: [4, 4], cr_ngroups: [8, 2], cr_groups: [12, 64] },
  },
  kevent: {
    c: 'struct kevent',
    source: 'sys/event.h',
    size: 32,
    fields: { ident: [0, 8], filter: [8, 2], flags: [10, 2], fflags: [12, 4], data: [16, 8], udata: [24, 8] },
  },
  timespec: { c: 'struct timespec', source: 'time.h', size: 16, fields: { tv_sec: [0, 8], tv_nsec: [8, 8] } },
} as const satisfies Readonly<Record<string, StructLayout>>;

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
