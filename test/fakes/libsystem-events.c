/* kqueue: the kernel's hints of memory pressure, and a way to wake who waits for them. It really waits. */
#include <time.h>

#include "libsystem-world.h"

#define FIRST_QUEUE 100000
#define MOST_QUEUES 32
/* Public and private bits of NOTE_MEMORYSTATUS_ (bsd/sys/event_private.h). */
#define KNOWN_NOTES 0xf00000ffu
enum { EV_DELETE = 2, EV_ERROR = 0x4000 };

static struct queue {
  bool is_open, has_pressure, has_user;
  uint32_t pressure_mask, pressure_pending;
  uint64_t user_ident;
  bool user_pending;
  int waiting;
} queues[MOST_QUEUES];
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&changed, &attributes);
}

static struct queue *queue_of(int fd) {
  int i = fd - FIRST_QUEUE;
  return i < 0 || i >= MOST_QUEUES || !queues[i].is_open ? NULL : &queues[i];
}

int mac_kqueue(void) MACOS(kqueue);
int mac_kqueue(void) {
  PLANNED("kqueue");
  pthread_once(&once, start);
  LOCKED;
  for (int i = 0; i < MOST_QUEUES; i += 1) {
    if (queues[i].is_open || queues[i].waiting > 0) continue;
    queues[i] = (struct queue){.is_open = true};
    return FIRST_QUEUE + i;
  }
  return standin_refuse(24 /* EMFILE */);
}

/* Descriptors of Linux are not closed for anybody: they are not this library's. */
int mac_close(int fd) MACOS(close);
int mac_close(int fd) {
  PLANNED("close");
  LOCKED;
  struct queue *q = queue_of(fd);
  if (q == NULL) return standin_refuse(APPLE_EBADF);
  q->is_open = false;
  pthread_cond_broadcast(&changed);
  return 0;
}

static uint64_t field(const uint8_t *event, size_t at, size_t size) {
  uint64_t value = 0;
  memcpy(&value, event + at, size);
  return value;
}
#define FIELD(event, name) field(event, AT_kevent_##name, LEN_kevent_##name)

/* 0, or the errno. */
static int apply(struct queue *q, const uint8_t *change) {
  int16_t filter = (int16_t)FIELD(change, filter);
  uint16_t flags = (uint16_t)FIELD(change, flags);
  uint32_t notes = (uint32_t)FIELD(change, fflags);
  bool is_add = (flags & MAC_EV_ADD) != 0, is_delete = (flags & EV_DELETE) != 0;
  if (filter == MAC_EVFILT_MEMORYSTATUS) {
    if (!is_add && !q->has_pressure) return MAC_ENOENT;
    if (is_add && (notes & ~KNOWN_NOTES) != 0) return APPLE_ENOTSUP;
    q->has_pressure = !is_delete;
    q->pressure_mask = is_delete ? 0 : notes;
    return 0;
  }
  if (filter == MAC_EVFILT_USER) {
    uint64_t ident = FIELD(change, ident);
    if (!is_add && (!q->has_user || q->user_ident != ident)) return MAC_ENOENT;
    q->has_user = !is_delete;
    q->user_ident = ident;
    if ((notes & MAC_NOTE_TRIGGER) != 0) q->user_pending = true;
    return 0;
  }
  return MAC_EINVAL;
}

/* Both are EV_CLEAR: what was told is told once. */
static int collect(struct queue *q, uint8_t *events, int room) {
  int count = 0;
  if (q->pressure_pending != 0 && count < room) {
    memset(events, 0, SIZE_kevent);
    PUT(events, kevent, filter, MAC_EVFILT_MEMORYSTATUS);
    PUT(events, kevent, flags, MAC_EV_ADD | MAC_EV_CLEAR);
    PUT(events, kevent, fflags, q->pressure_pending);
    q->pressure_pending = 0;
    count += 1;
  }
  if (q->user_pending && count < room) {
    uint8_t *event = events + SIZE_kevent * count;
    memset(event, 0, SIZE_kevent);
    PUT(event, kevent, ident, q->user_ident);
    PUT(event, kevent, filter, MAC_EVFILT_USER);
    PUT(event, kevent, flags, MAC_EV_ADD | MAC_EV_CLEAR);
    q->user_pending = false;
    count += 1;
  }
  return count;
}

int mac_kevent(int fd, const uint8_t *changes, int change_count, uint8_t *events, int room, const uint8_t *timeout)
    MACOS(kevent);
int mac_kevent(int fd, const uint8_t *changes, int change_count, uint8_t *events, int room, const uint8_t *timeout) {
  PLANNED("kevent");
  pthread_once(&once, start);
  LOCKED;
  struct queue *q = queue_of(fd);
  if (q == NULL) return standin_refuse(APPLE_EBADF);
  int told = 0;
  for (int i = 0; i < change_count; i += 1) {
    const uint8_t *change = changes + SIZE_kevent * i;
    int refused = apply(q, change);
    if (refused == 0) continue;
    if (told == room) return standin_refuse(refused);
    uint8_t *event = events + SIZE_kevent * told++;
    memcpy(event, change, SIZE_kevent);
    PUT(event, kevent, flags, EV_ERROR);
    PUT(event, kevent, data, refused);
  }
  if (change_count > 0) pthread_cond_broadcast(&changed);
  if (told > 0 || room == 0) return told;

  struct timespec until = {0, 0};
  if (timeout != NULL) {
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + (int64_t)field(timeout, AT_timespec_tv_nsec, 8);
    until.tv_sec += (time_t)field(timeout, AT_timespec_tv_sec, 8) + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
  }
  q->waiting += 1;
  int count = 0;
  for (int waited = 0; waited == 0 && q->is_open && (count = collect(q, events, room)) == 0;)
    waited = timeout == NULL ? pthread_cond_wait(&changed, &standin_lock)
                             : pthread_cond_timedwait(&changed, &standin_lock, &until);
  if (count == 0 && q->is_open) count = collect(q, events, room);
  q->waiting -= 1;
  return q->is_open ? count : standin_refuse(APPLE_EBADF);
}

/* The kernel tells of a change of level. Returns how many queues are told. */
int standin_pressure(uint32_t notes) {
  pthread_once(&once, start);
  LOCKED;
  int told = 0;
  for (int i = 0; i < MOST_QUEUES; i += 1) {
    if (!queues[i].is_open || !queues[i].has_pressure || (queues[i].pressure_mask & notes) == 0) continue;
    queues[i].pressure_pending |= queues[i].pressure_mask & notes;
    told += 1;
  }
  pthread_cond_broadcast(&changed);
  return told;
}

/* Threads that wait in kevent, and queues that are open. */
int standin_waiting(void) {
  LOCKED;
  int waiting = 0;
  for (int i = 0; i < MOST_QUEUES; i += 1) waiting += queues[i].waiting;
  return waiting;
}
int standin_queues(void) {
  LOCKED;
  int open = 0;
  for (int i = 0; i < MOST_QUEUES; i += 1) open += queues[i].is_open;
  return open;
}
