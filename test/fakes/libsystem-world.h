#pragma once
/*
 * A libSystem for tests on Linux: the same symbols, and what they are documented to do, for a Mac whose processes and
 * figures a test puts into the tables below. `libsystem-bindings.h` is made from the bindings: SIZE_x and AT_x_field of
 * Apple's structures, MAC_x of Apple's constants, and what driver and library agree upon (ROW_, TEXT_, COUNT_, CHANGE_).
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libsystem-bindings.h"

/* The symbol of macOS, under another name in C: the headers of Linux declare several of them differently. */
#define MACOS(name) __asm__(#name)

/* Apple's numbers that the bindings have no use for (sys/errno.h). */
enum { APPLE_ENOTSOCK = 38, APPLE_EOVERFLOW = 84, APPLE_ENOTSUP = 45, APPLE_EOPNOTSUPP = 102, APPLE_EBADF = 9, APPLE_EFAULT = 14 };

struct standin_descriptor {
  int32_t fd, type, family, kind, state;
  uint16_t port;
  uint8_t address[16];
};

struct standin_text {
  uint8_t *bytes; /* NULL: there is none */
  size_t length;
};

/* One lies behind the other, and short texts lie in them: what a test measures is the caller, not this table. */
struct standin_process {
  int32_t pid;
  uint8_t brief[2][40]; /* of TEXT_comm and TEXT_name, which come first */
  double row[ROW_COUNT];
  struct standin_text text[TEXT_COUNT]; /* each followed by a NUL that is not counted */
  struct standin_descriptor *descriptors;
  size_t descriptor_count;
};

/* Held over every look at the tables; a thread that waits in kevent lets go of it. */
extern pthread_mutex_t standin_lock;

/* NULL: no such process. Call with the lock held. */
struct standin_process *standin_find(int32_t pid);
/* As most of the kernel looks for one (proc_find): a zombie is listed, and not found. */
struct standin_process *standin_find_alive(int32_t pid);
size_t standin_list(const int32_t **pids);

extern bool standin_is_root;
extern int32_t standin_own_uid;

/* Whether the caller may look into a process, or signal it. */
bool standin_may(const struct standin_process *p);

/* True: a test has planned what this call returns; errno is set. */
bool standin_planned(const char *name, long long *result);

/* Tells the test of something that a call has changed, or done. */
void standin_changed(int kind, int32_t pid, double value);
void standin_count_up(int which);

static inline void standin_put(void *structure, size_t at, size_t size, uint64_t value) {
  memcpy((uint8_t *)structure + at, &value, size);
}
#define PUT(structure, layout, field, value) \
  standin_put(structure, AT_##layout##_##field, LEN_##layout##_##field, (uint64_t)(value))

/* Cut off where it does not fit: a full field has no NUL at its end. */
static inline void standin_put_text(void *structure, size_t at, size_t size, const struct standin_text *text) {
  if (text->bytes != NULL) memcpy((uint8_t *)structure + at, text->bytes, text->length < size ? text->length : size);
}
#define PUT_TEXT(structure, layout, field, text) \
  standin_put_text(structure, AT_##layout##_##field, LEN_##layout##_##field, text)

static inline int standin_refuse(int number) {
  errno = number;
  return -1;
}

/* libproc answers every refusal of the kernel with 0. */
static inline int standin_nothing(int number) {
  errno = number;
  return 0;
}

#define PLANNED(name)                                             \
  do {                                                            \
    long long planned_;                                           \
    if (standin_planned(name, &planned_)) return (int)planned_;   \
  } while (0)

#define LOCKED pthread_mutex_t *held_ __attribute__((cleanup(standin_release), unused)) = standin_take_lock()
static inline pthread_mutex_t *standin_take_lock(void) {
  pthread_mutex_lock(&standin_lock);
  return &standin_lock;
}
static inline void standin_release(pthread_mutex_t **held) { pthread_mutex_unlock(*held); }
