/**
 * Structures of macOS that Castellan reads and fills, as data, with sizes and offsets: decoders are made from it, and so are C
 * static assertions. Those of LP64 arm64 and x86-64 alike.
 */

export interface StructLayout {
  /** The C type, or null where no public header declares it; `source` says where the order of fields was read. */
  readonly c: string | null;
  readonly source: string;
  readonly size: number;
  /** Field → [offset, size], bytes. */
  readonly fields: Readonly<Record<string, readonly [number, number]>>;
}

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
