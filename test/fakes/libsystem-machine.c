/* The machine: sysctls, page counts, timebase, I/O policy. */
#include "libsystem-world.h"

/* Sysctls by name. A test numbers them, so that it learns which one was written. */
#define MOST_SYSCTLS 96
static struct { char name[64]; uint8_t bytes[256]; size_t length; bool is_writable; } sysctls[MOST_SYSCTLS];
static int sysctl_count;

/* Its number, -1: no room. Length -1: this release does not have it. */
int standin_sysctl(const char *name, const uint8_t *bytes, int64_t length, bool is_writable) {
  LOCKED;
  int i = 0;
  while (i < sysctl_count && strcmp(sysctls[i].name, name) != 0) i += 1;
  if (i == MOST_SYSCTLS || strlen(name) >= sizeof sysctls[0].name || length > (int64_t)sizeof sysctls[0].bytes) return -1;
  if (i == sysctl_count) sysctl_count += 1;
  strcpy(sysctls[i].name, name);
  sysctls[i].length = length < 0 ? SIZE_MAX : (size_t)length;
  sysctls[i].is_writable = is_writable;
  if (length > 0) memcpy(sysctls[i].bytes, bytes, (size_t)length);
  return i;
}

/* What fits is copied, and ENOMEM says that it was not all; without a place to put it the length is told. */
static int give(const uint8_t *bytes, size_t length, void *to, size_t *room) {
  if (room == NULL) return 0;
  if (to == NULL) {
    *room = length;
    return 0;
  }
  size_t fits = length < *room ? length : *room;
  memcpy(to, bytes, fits);
  *room = fits;
  return fits < length ? standin_refuse(MAC_ENOMEM) : 0;
}

int mac_sysctlbyname(const char *name, void *to, size_t *room, const void *from, size_t size) MACOS(sysctlbyname);
int mac_sysctlbyname(const char *name, void *to, size_t *room, const void *from, size_t size) {
  PLANNED("sysctlbyname");
  LOCKED;
  int i = 0;
  while (i < sysctl_count && strcmp(sysctls[i].name, name) != 0) i += 1;
  if (i == sysctl_count || sysctls[i].length == SIZE_MAX) return standin_refuse(MAC_ENOENT);
  if (from != NULL && (!standin_is_root || !sysctls[i].is_writable)) return standin_refuse(MAC_EPERM);
  if (from != NULL && size != sysctls[i].length) return standin_refuse(MAC_EINVAL);
  int given = give(sysctls[i].bytes, sysctls[i].length, to, room);
  if (given != 0 || from == NULL) return given;
  memcpy(sysctls[i].bytes, from, size);
  int64_t value = 0;
  if (size == 4) {
    int32_t narrow;
    memcpy(&narrow, from, 4);
    value = narrow;
  } else if (size == 8) {
    memcpy(&value, from, 8);
  }
  standin_changed(CHANGE_sysctl, i, (double)value);
  return 0;
}

/*
 * KERN_PROCARGS2: the number of arguments and the area they were started in. A shorter buffer gets the area's end, which
 * may begin anywhere. Who may not look is told what a pid is told that is not there: EINVAL.
 */
int mac_sysctl(const int *mib, unsigned int words, uint8_t *to, size_t *room, const void *from, size_t size) MACOS(sysctl);
int mac_sysctl(const int *mib, unsigned int words, uint8_t *to, size_t *room, const void *from, size_t size) {
  PLANNED("sysctl");
  LOCKED;
  (void)size;
  if (from != NULL) return standin_refuse(MAC_EPERM);
  if (words != 3 || mib[0] != MAC_CTL_KERN || mib[1] != MAC_KERN_PROCARGS2) return standin_refuse(MAC_ENOENT);
  const struct standin_process *p = standin_find_alive(mib[2]);
  if (p == NULL || !standin_may(p) || p->text[TEXT_arguments].bytes == NULL || room == NULL || *room < 4)
    return standin_refuse(MAC_EINVAL);
  const struct standin_text *area = &p->text[TEXT_arguments];
  if (to == NULL) {
    *room = area->length;
    return 0;
  }
  size_t strings = area->length - 4;
  size_t fits = *room - 4 < strings ? *room - 4 : strings;
  memcpy(to, area->bytes, 4);
  memcpy(to + 4, area->bytes + 4 + strings - fits, fits);
  *room = 4 + fits;
  return 0;
}

/* Every call makes another send right, so a program that asks for it again and again leaks them. */
#define HOST_PORT 4867
uint32_t mac_mach_host_self(void) MACOS(mach_host_self);
uint32_t mac_mach_host_self(void) {
  LOCKED;
  standin_count_up(COUNT_hostRights);
  return HOST_PORT;
}

static uint8_t vm[SIZE_vm_statistics64];
void standin_vm(const uint8_t *bytes) {
  LOCKED;
  memcpy(vm, bytes, sizeof vm);
}

/* mach/kern_return.h */
enum { KERN_INVALID_ARGUMENT = 4, KERN_FAILURE = 5, KERN_INVALID_HOST = 22 };
/* mach/host_info.h: the words of the structure's first revision. */
#define OLDEST_WORDS 24

int mac_host_statistics64(uint32_t host, int flavor, void *to, uint32_t *count) MACOS(host_statistics64);
int mac_host_statistics64(uint32_t host, int flavor, void *to, uint32_t *count) {
  PLANNED("host_statistics64");
  LOCKED;
  if (host != HOST_PORT) return KERN_INVALID_HOST;
  if (flavor != MAC_HOST_VM_INFO64) return KERN_INVALID_ARGUMENT;
  if (*count < OLDEST_WORDS) return KERN_FAILURE;
  uint32_t words = *count < MAC_HOST_VM_INFO64_COUNT ? OLDEST_WORDS : MAC_HOST_VM_INFO64_COUNT;
  memcpy(to, vm, words * 4);
  *count = words;
  return 0;
}

int mac_mach_timebase_info(void *to) MACOS(mach_timebase_info);
int mac_mach_timebase_info(void *to) {
  PLANNED("mach_timebase_info");
  PUT(to, mach_timebase_info, numer, 125);
  PUT(to, mach_timebase_info, denom, 3);
  return 0;
}

int mac_setiopolicy_np(int type, int scope, int policy) MACOS(setiopolicy_np);
int mac_setiopolicy_np(int type, int scope, int policy) {
  PLANNED("setiopolicy_np");
  LOCKED;
  /* sys/resource.h: of the disk; the process or the thread; default to standard. */
  if (type != MAC_IOPOL_TYPE_DISK || scope < 0 || scope > 1 || policy < 0 || policy > 5) return standin_refuse(MAC_EINVAL);
  standin_changed(CHANGE_ioPolicy, scope, policy);
  return 0;
}
