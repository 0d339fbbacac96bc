/* memorystatus_control, as a Mac has it: compiled without CONFIG_JETSAM (xnu bsd/kern/kern_memorystatus.c). */
#include "libsystem-world.h"

/* bsd/sys/kern_memorystatus.h, beyond what the bindings name. */
enum {
  CMD_PRIVILEGED_LISTENER_DISABLE = 10,
  CMD_SET_PROCESS_IS_MANAGED = 16,
  FLAG_PRIORITY_ASSERTION = 1,
  SNAPSHOT_ON_DEMAND = 1,
  SNAPSHOT_AT_BOOT = 2,
  BAND_MOST = 210,
  BAND_DEFAULT = 180,
};

/* Entries of a snapshot have grown behind the fields that the bindings know: 280 bytes since macOS 14. */
static int32_t entry_bytes = 280;
void standin_snapshot_entry_bytes(int32_t bytes) { entry_bytes = bytes; }
static double page_bytes = 16384;
static double compressor_pages;
void standin_snapshot_machine(double page, double compressor) {
  LOCKED;
  page_bytes = page;
  compressor_pages = compressor;
}

static void put_entry(const struct standin_process *p, void *to) {
  PUT(to, memorystatus_priority_entry, pid, p->pid);
  PUT(to, memorystatus_priority_entry, priority, (int32_t)p->row[ROW_band]);
  PUT(to, memorystatus_priority_entry, user_data, p->row[ROW_userData]);
  PUT(to, memorystatus_priority_entry, limit, (int32_t)-1);
  PUT(to, memorystatus_priority_entry, state, p->row[ROW_memoryState]);
}

static int get_priorities(int32_t pid, uint8_t *to, size_t size) {
  const int32_t *pids;
  size_t count = 1;
  if (pid == 0) {
    count = standin_list(&pids);
  } else {
    if (standin_find_alive(pid) == NULL) return standin_refuse(MAC_ESRCH);
    pids = &pid;
  }
  size_t wanted = count * SIZE_memorystatus_priority_entry;
  if (pid == 0 && to == NULL) return (int)wanted;
  if (to == NULL || size < wanted) return standin_refuse(MAC_EINVAL);
  memset(to, 0, wanted);
  size_t filled = 0;
  for (size_t i = 0; i < count; i += 1) {
    /* Launchd and the kernel are listed, too. */
    const struct standin_process *p = standin_find_alive(pids[i]);
    if (p != NULL) put_entry(p, to + SIZE_memorystatus_priority_entry * filled++);
  }
  return (int)(filled * SIZE_memorystatus_priority_entry);
}

static int set_priority(int32_t pid, uint32_t flags, const uint8_t *from, size_t size) {
  if (pid == 0 || from == NULL || size != SIZE_memorystatus_priority_properties) return standin_refuse(MAC_EINVAL);
  if ((flags & ~(uint32_t)FLAG_PRIORITY_ASSERTION) != 0) return standin_refuse(MAC_EINVAL);
  int32_t band;
  memcpy(&band, from + AT_memorystatus_priority_properties_priority, 4);
  if (band == -1) band = BAND_DEFAULT;
  if (band == -2) band = 0;
  if (band < 0 || band > BAND_MOST) return standin_refuse(MAC_EINVAL);
  struct standin_process *p = standin_find_alive(pid);
  if (p == NULL) return standin_refuse(MAC_ESRCH);
  /* P_MEMSTAT_INTERNAL; and since xnu-11215 an assertion is for managed processes only. */
  if (pid == 1) return standin_refuse(MAC_EPERM);
  if (flags == FLAG_PRIORITY_ASSERTION && p->row[ROW_isManaged] == 0) return standin_refuse(MAC_EPERM);
  /* The lowest bands are the kernel's own: it takes them for idle. */
  if (band >= 1 && band <= 20) band = 0;
  uint64_t user_data;
  memcpy(&user_data, from + AT_memorystatus_priority_properties_user_data, 8);
  p->row[ROW_band] = band;
  p->row[ROW_userData] = (double)user_data;
  standin_changed(CHANGE_band, pid, band);
  standin_changed(CHANGE_userData, pid, (double)user_data);
  return 0;
}

static int get_snapshot(uint32_t flags, uint8_t *to, size_t size) {
  if ((flags & ~(uint32_t)(SNAPSHOT_ON_DEMAND | SNAPSHOT_AT_BOOT)) != 0) return standin_refuse(MAC_EINVAL);
  const int32_t *pids;
  size_t count = standin_list(&pids);
  size_t wanted = SIZE_jetsam_snapshot + count * (size_t)entry_bytes;
  if (to == NULL) return (int)wanted;
  if (size < wanted) return standin_refuse(MAC_EINVAL);
  /* The one snapshot of the kernel's own: what reads it so takes it away from macOS. */
  if (flags == 0) standin_count_up(COUNT_snapshotsConsumed);
  memset(to, 0, wanted);
  uint64_t compressed = 0;
  size_t filled = 0;
  for (size_t i = 0; i < count; i += 1) {
    /* Room is made for all that are listed; who has come to an end meanwhile is left out. */
    const struct standin_process *p = standin_find_alive(pids[i]);
    if (p == NULL) continue;
    uint8_t *entry = to + SIZE_jetsam_snapshot + filled++ * (size_t)entry_bytes;
    uint64_t own = (uint64_t)(p->row[ROW_compressed] / page_bytes);
    compressed += own;
    PUT(entry, jetsam_snapshot_entry, pid, p->pid);
    PUT_TEXT(entry, jetsam_snapshot_entry, name, &p->text[TEXT_name]);
    PUT(entry, jetsam_snapshot_entry, priority, (int32_t)p->row[ROW_band]);
    PUT(entry, jetsam_snapshot_entry, state, p->row[ROW_memoryState]);
    PUT(entry, jetsam_snapshot_entry, pages, p->row[ROW_footprint] / page_bytes);
    PUT(entry, jetsam_snapshot_entry, jse_internal_pages,
        (p->row[ROW_footprint] - p->row[ROW_compressed]) / page_bytes);
    PUT(entry, jetsam_snapshot_entry, jse_internal_compressed_pages, own);
  }
  PUT(to, jetsam_snapshot, stats_compressor_pages, compressor_pages);
  PUT(to, jetsam_snapshot, stats_total_uncompressed_pages_in_compressor, compressed);
  PUT(to, jetsam_snapshot, entry_count, filled);
  return (int)wanted;
}

int mac_memorystatus_control(uint32_t command, int32_t pid, uint32_t flags, void *buffer, size_t size)
    MACOS(memorystatus_control);
int mac_memorystatus_control(uint32_t command, int32_t pid, uint32_t flags, void *buffer, size_t size) {
  PLANNED("memorystatus_control");
  LOCKED;
  if (!standin_is_root) return standin_refuse(MAC_EPERM);
  struct standin_process *p = standin_find_alive(pid);
  switch (command) {
    case MAC_MEMORYSTATUS_CMD_GET_PRIORITY_LIST: return get_priorities(pid, buffer, size);
    case MAC_MEMORYSTATUS_CMD_SET_PRIORITY_PROPERTIES: return set_priority(pid, flags, buffer, size);
    case MAC_MEMORYSTATUS_CMD_GET_JETSAM_SNAPSHOT: return get_snapshot(flags, buffer, size);
    /* Whoever asks, and whomever it names: it is the caller who is told first from now on. */
    case MAC_MEMORYSTATUS_CMD_PRIVILEGED_LISTENER_ENABLE: standin_count_up(COUNT_privilegedListeners); return 0;
    case CMD_PRIVILEGED_LISTENER_DISABLE: return 0;
    case CMD_SET_PROCESS_IS_MANAGED:
      if (p == NULL) return standin_refuse(MAC_ESRCH);
      if (flags > 1) return standin_refuse(MAC_EINVAL);
      p->row[ROW_isManaged] = flags;
      standin_changed(CHANGE_managed, pid, flags);
      return 0;
    case MAC_MEMORYSTATUS_CMD_GET_PROCESS_IS_MANAGED:
      return p == NULL ? standin_refuse(MAC_ESRCH) : p->row[ROW_isManaged] != 0;
    /* 5, 6: CONFIG_JETSAM; 18 to 20, 24 to 26: CONFIG_FREEZE; 22, 23, 28 and more: other builds. A Mac has none. */
    default: return standin_refuse(MAC_EINVAL);
  }
}
