/* Processes: libproc, signals and the kernel's word on signatures. */
#include "libsystem-world.h"

/* The highest version of proc_pid_rusage this kernel knows; the release of macOS decides. */
static int32_t usage_version = MAC_RUSAGE_INFO_V6;
void standin_usage_version(int32_t version) { usage_version = version; }

static int32_t status_of(const struct standin_process *p) { return (int32_t)p->row[ROW_status]; }

int mac_proc_listallpids(int32_t *pids, int size) MACOS(proc_listallpids);
int mac_proc_listallpids(int32_t *pids, int size) {
  PLANNED("proc_listallpids");
  LOCKED;
  const int32_t *listed;
  size_t count = standin_list(&listed);
  /* A few more than there are, for those that come meanwhile. */
  if (pids == NULL) return (int)count + 20;
  if (size < 4) return standin_nothing(MAC_ENOMEM);
  /* What does not fit is left out without a word. */
  size_t room = (size_t)size / 4;
  if (count > room) count = room;
  memcpy(pids, listed, count * 4);
  return (int)count;
}

static int list_descriptors(const struct standin_process *p, uint8_t *to, int size) {
  if (to == NULL) return (int)(p->descriptor_count + 20) * SIZE_proc_fdinfo;
  size_t room = (size_t)size / SIZE_proc_fdinfo;
  size_t count = p->descriptor_count < room ? p->descriptor_count : room;
  memset(to, 0, count * SIZE_proc_fdinfo);
  for (size_t i = 0; i < count; i += 1) {
    PUT(to + i * SIZE_proc_fdinfo, proc_fdinfo, proc_fd, p->descriptors[i].fd);
    PUT(to + i * SIZE_proc_fdinfo, proc_fdinfo, proc_fdtype, p->descriptors[i].type);
  }
  return (int)count * SIZE_proc_fdinfo;
}

static void put_unique(const struct standin_process *p, void *to) {
  PUT(to, proc_uniqidentifierinfo, p_uniqueid, p->row[ROW_unique]);
  PUT(to, proc_uniqidentifierinfo, p_puniqueid, p->row[ROW_parentUnique]);
  PUT(to, proc_uniqidentifierinfo, p_idversion, p->row[ROW_version]);
}

static void put_short(const struct standin_process *p, void *to) {
  PUT(to, proc_bsdshortinfo, pbsi_pid, p->pid);
  PUT(to, proc_bsdshortinfo, pbsi_ppid, p->row[ROW_ppid]);
  PUT(to, proc_bsdshortinfo, pbsi_pgid, p->row[ROW_pgid]);
  PUT(to, proc_bsdshortinfo, pbsi_status, p->row[ROW_status]);
  PUT_TEXT(to, proc_bsdshortinfo, pbsi_comm, &p->text[TEXT_comm]);
  PUT(to, proc_bsdshortinfo, pbsi_flags, p->row[ROW_flags]);
  PUT(to, proc_bsdshortinfo, pbsi_uid, p->row[ROW_uid]);
}

static void put_long(const struct standin_process *p, void *to) {
  PUT(to, proc_bsdinfo, pbi_flags, p->row[ROW_flags]);
  PUT(to, proc_bsdinfo, pbi_status, p->row[ROW_status]);
  PUT(to, proc_bsdinfo, pbi_pid, p->pid);
  PUT(to, proc_bsdinfo, pbi_ppid, p->row[ROW_ppid]);
  PUT(to, proc_bsdinfo, pbi_uid, p->row[ROW_uid]);
  PUT_TEXT(to, proc_bsdinfo, pbi_comm, &p->text[TEXT_comm]);
  PUT_TEXT(to, proc_bsdinfo, pbi_name, &p->text[TEXT_name]);
  PUT(to, proc_bsdinfo, pbi_pgid, p->row[ROW_pgid]);
  PUT(to, proc_bsdinfo, pbi_start_tvsec, p->row[ROW_startSeconds]);
}

int mac_proc_pidinfo(int pid, int flavor, uint64_t arg, void *to, int size) MACOS(proc_pidinfo);
int mac_proc_pidinfo(int pid, int flavor, uint64_t arg, void *to, int size) {
  PLANNED("proc_pidinfo");
  LOCKED;
  int wanted;
  switch (flavor) {
    case MAC_PROC_PIDLISTFDS: wanted = to == NULL ? 0 : SIZE_proc_fdinfo; break;
    case MAC_PROC_PIDTBSDINFO: wanted = SIZE_proc_bsdinfo; break;
    case MAC_PROC_PIDT_SHORTBSDINFO: wanted = SIZE_proc_bsdshortinfo; break;
    case MAC_PROC_PIDUNIQIDENTIFIERINFO: wanted = SIZE_proc_uniqidentifierinfo; break;
    default: return standin_nothing(MAC_EINVAL);
  }
  if (size < wanted) return standin_nothing(MAC_ENOMEM);
  /* xnu bsd/kern/proc_info.c, proc_pidinfo: of a zombie the three others tell, if the argument asks for it. */
  bool finds_zombies = arg != 0 && flavor != MAC_PROC_PIDLISTFDS;
  const struct standin_process *p = finds_zombies ? standin_find(pid) : standin_find_alive(pid);
  if (p == NULL) return standin_nothing(MAC_ESRCH);
  bool is_open_to_all = flavor == MAC_PROC_PIDT_SHORTBSDINFO || flavor == MAC_PROC_PIDUNIQIDENTIFIERINFO;
  if (!is_open_to_all && !standin_may(p)) return standin_nothing(MAC_EPERM);
  if (flavor == MAC_PROC_PIDLISTFDS) return list_descriptors(p, to, size);
  if (to == NULL) return standin_nothing(APPLE_EFAULT);
  memset(to, 0, (size_t)wanted);
  if (flavor == MAC_PROC_PIDUNIQIDENTIFIERINFO) put_unique(p, to);
  else if (flavor == MAC_PROC_PIDTBSDINFO) put_long(p, to);
  else put_short(p, to);
  return wanted;
}

int mac_proc_pidfdinfo(int pid, int fd, int flavor, void *to, int size) MACOS(proc_pidfdinfo);
int mac_proc_pidfdinfo(int pid, int fd, int flavor, void *to, int size) {
  PLANNED("proc_pidfdinfo");
  LOCKED;
  if (flavor != MAC_PROC_PIDFDSOCKETINFO) return standin_nothing(MAC_EINVAL);
  if (size < SIZE_socket_fdinfo) return standin_nothing(MAC_ENOMEM);
  const struct standin_process *p = standin_find_alive(pid);
  if (p == NULL) return standin_nothing(MAC_ESRCH);
  if (!standin_may(p)) return standin_nothing(MAC_EPERM);
  for (size_t i = 0; i < p->descriptor_count; i += 1) {
    const struct standin_descriptor *d = &p->descriptors[i];
    if (d->fd != fd) continue;
    if (d->type != MAC_PROX_FDTYPE_SOCKET) return standin_nothing(APPLE_EOPNOTSUPP);
    memset(to, 0, SIZE_socket_fdinfo);
    PUT(to, socket_fdinfo, psi_soi_family, d->family);
    PUT(to, socket_fdinfo, psi_soi_kind, d->kind);
    PUT(to, socket_fdinfo, psi_soi_proto_pri_tcp_tcpsi_state, d->state);
    /* In network order, as the kernel keeps it. */
    PUT(to, socket_fdinfo, psi_soi_proto_pri_tcp_tcpsi_ini_insi_lport, (d->port >> 8) | (d->port & 0xff) << 8);
    memcpy((uint8_t *)to + AT_socket_fdinfo_psi_soi_proto_pri_tcp_tcpsi_ini_insi_laddr_ina_6, d->address, 16);
    return SIZE_socket_fdinfo;
  }
  return standin_nothing(APPLE_EBADF);
}

int mac_proc_pid_rusage(int pid, int version, void *to) MACOS(proc_pid_rusage);
int mac_proc_pid_rusage(int pid, int version, void *to) {
  PLANNED("proc_pid_rusage");
  LOCKED;
  /* sys/resource.h: the structures of versions 0 to 6, each a longer one. */
  static const size_t sizes[] = {96, 112, 160, 232, SIZE_rusage_info_v4, 304, SIZE_rusage_info_v6};
  if (version < 0 || version > usage_version || version > 6) return standin_refuse(MAC_EINVAL);
  const struct standin_process *p = standin_find(pid);
  if (p == NULL) return standin_refuse(MAC_ESRCH);
  if (!standin_may(p)) return standin_refuse(MAC_EPERM);
  if (to == NULL) return standin_refuse(APPLE_EFAULT);
  uint8_t usage[SIZE_rusage_info_v6] = {0};
  if (status_of(p) != MAC_SZOMB) {
    PUT(usage, rusage_info_v6, ri_user_time, p->row[ROW_userTicks]);
    PUT(usage, rusage_info_v6, ri_wired_size, p->row[ROW_wired]);
    PUT(usage, rusage_info_v6, ri_resident_size, p->row[ROW_resident]);
    PUT(usage, rusage_info_v6, ri_phys_footprint, p->row[ROW_footprint]);
    PUT(usage, rusage_info_v6, ri_proc_start_abstime, p->row[ROW_startTicks]);
    PUT(usage, rusage_info_v6, ri_lifetime_max_phys_footprint, p->row[ROW_peak]);
  }
  memcpy(to, usage, sizes[version]);
  return 0;
}

int mac_proc_pidpath(int pid, void *to, uint32_t size) MACOS(proc_pidpath);
int mac_proc_pidpath(int pid, void *to, uint32_t size) {
  PLANNED("proc_pidpath");
  LOCKED;
  if (size > MAC_PROC_PIDPATHINFO_MAXSIZE) return standin_nothing(APPLE_EOVERFLOW);
  if (size < 1024) return standin_nothing(MAC_ENOMEM);
  const struct standin_process *p = standin_find_alive(pid);
  if (p == NULL) return standin_nothing(MAC_ESRCH);
  const struct standin_text *path = &p->text[TEXT_path];
  if (path->bytes == NULL) return standin_nothing(MAC_ENOENT);
  if (path->length >= size) return standin_nothing(MAC_ENOMEM);
  if (to == NULL) return standin_nothing(APPLE_EFAULT);
  memcpy(to, path->bytes, path->length + 1);
  return (int)path->length;
}

/* xnu csops_copy_token: what does not fit tells its length. Where there is no blob, nothing is written. */
static int copy_blob(const struct standin_text *blob, uint8_t *to, size_t size) {
  if (blob->bytes == NULL) return 0;
  if (size >= blob->length) {
    memcpy(to, blob->bytes, blob->length);
    return 0;
  }
  uint8_t header[8] = {0};
  for (int i = 0; i < 4; i += 1) header[4 + i] = (uint8_t)(blob->length >> (24 - 8 * i));
  if (size >= sizeof header) memcpy(to, header, sizeof header);
  return standin_refuse(MAC_ERANGE);
}

int mac_csops(int32_t pid, uint32_t operation, void *to, size_t size) MACOS(csops);
int mac_csops(int32_t pid, uint32_t operation, void *to, size_t size) {
  PLANNED("csops");
  LOCKED;
  const struct standin_process *p = standin_find_alive(pid);
  if (p == NULL) return standin_refuse(MAC_ESRCH);
  uint32_t flags = (uint32_t)p->row[ROW_codeFlags];
  switch (operation) {
    case MAC_CS_OPS_STATUS:
      if (size < 4) return standin_refuse(MAC_ERANGE);
      memcpy(to, &flags, 4);
      return 0;
    case MAC_CS_OPS_ENTITLEMENTS_BLOB:
    case MAC_CS_OPS_DER_ENTITLEMENTS_BLOB:
      if ((flags & (MAC_CS_VALID | MAC_CS_DEBUGGED)) == 0) return standin_refuse(MAC_EINVAL);
      return copy_blob(
          &p->text[operation == MAC_CS_OPS_ENTITLEMENTS_BLOB ? TEXT_entitlements : TEXT_derEntitlements], to, size);
    default: return standin_refuse(MAC_EINVAL);
  }
}

/* 0, or the errno. */
static int deliver(const struct standin_process *p, int number) {
  if (number < 0 || number > 31) return MAC_EINVAL;
  if (p == NULL) return MAC_ESRCH;
  if (!standin_may(p) || p->pid <= 1) return MAC_EPERM;
  if (number != 0) standin_changed(CHANGE_signal, p->pid, number);
  return 0;
}

int mac_kill(int32_t pid, int number) MACOS(kill);
int mac_kill(int32_t pid, int number) {
  PLANNED("kill");
  LOCKED;
  /* Groups and everybody: nothing of Castellan's ever means them, so they are refused rather than simulated. */
  if (pid <= 0) return standin_refuse(MAC_EPERM);
  const struct standin_process *p = standin_find(pid);
  /* POSIX has it that a zombie can be signalled; nothing comes of it (xnu bsd/kern/kern_sig.c, kill). */
  if (p != NULL && status_of(p) == MAC_SZOMB) return 0;
  int refused = deliver(p, number);
  return refused == 0 ? 0 : standin_refuse(refused);
}

int mac_proc_signal_with_audittoken(const uint32_t *token, int number) MACOS(proc_signal_with_audittoken);
int mac_proc_signal_with_audittoken(const uint32_t *token, int number) {
  PLANNED("proc_signal_with_audittoken");
  LOCKED;
  struct standin_process *p = standin_find_alive((int32_t)token[5]);
  if (p != NULL && (uint32_t)p->row[ROW_version] != token[7]) p = NULL;
  int refused = deliver(p, number);
  /* libproc returns the errno, and leaves it in errno. */
  if (refused != 0) errno = refused;
  return refused;
}
