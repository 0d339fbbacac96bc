/* The tables of the simulated Mac, and the functions by which a test fills them and learns what was changed. */
#include "libsystem-world.h"

pthread_mutex_t standin_lock = PTHREAD_MUTEX_INITIALIZER;
bool standin_is_root = true;
int32_t standin_own_uid = 501;

/* xnu's PID_MAX is 99999. */
#define MOST_PIDS 100000
static struct standin_process *by_pid[MOST_PIDS];
static int32_t order[MOST_PIDS];
static size_t order_count;

struct standin_process *standin_find(int32_t pid) { return pid < 0 || pid >= MOST_PIDS ? NULL : by_pid[pid]; }

struct standin_process *standin_find_alive(int32_t pid) {
  struct standin_process *p = standin_find(pid);
  return p == NULL || (int32_t)p->row[ROW_status] == MAC_SZOMB ? NULL : p;
}

size_t standin_list(const int32_t **pids) {
  *pids = order;
  return order_count;
}

bool standin_may(const struct standin_process *p) {
  return standin_is_root || (int32_t)p->row[ROW_uid] == standin_own_uid;
}

static void forget_text(struct standin_process *p, int which) {
  if (which > TEXT_name) free(p->text[which].bytes);
  p->text[which] = (struct standin_text){NULL, 0};
}

/* Places of those that are gone are taken first. */
#define SLAB 1024
static struct standin_process *free_places[MOST_PIDS];
static size_t free_count;

static struct standin_process *place(void) {
  if (free_count == 0) {
    struct standin_process *slab = calloc(SLAB, sizeof *slab);
    if (slab == NULL) return NULL;
    for (size_t i = SLAB; i > 0; i -= 1) free_places[free_count++] = &slab[i - 1];
  }
  return free_places[--free_count];
}

static void forget(struct standin_process *p) {
  for (int i = 0; i < TEXT_COUNT; i += 1) forget_text(p, i);
  free(p->descriptors);
  by_pid[p->pid] = NULL;
  memset(p, 0, sizeof *p);
  free_places[free_count++] = p;
}

/* All processes follow, in the order in which they are to be listed; those that do not are gone at the end. */
static uint8_t seen[MOST_PIDS];
static bool is_listing;

void standin_begin(void) {
  LOCKED;
  memset(seen, 0, sizeof seen);
  order_count = 0;
  is_listing = true;
}

void standin_end(void) {
  LOCKED;
  is_listing = false;
  for (int32_t pid = 0; pid < MOST_PIDS; pid += 1)
    if (by_pid[pid] != NULL && !seen[pid]) forget(by_pid[pid]);
}

/* False: no such pid can be. */
bool standin_row(const double *row) {
  LOCKED;
  int32_t pid = (int32_t)row[ROW_pid];
  if (pid < 0 || pid >= MOST_PIDS) return false;
  struct standin_process *p = by_pid[pid];
  bool is_new = p == NULL;
  if (is_new) {
    p = place();
    if (p == NULL) return false;
    p->pid = pid;
    by_pid[pid] = p;
  }
  memcpy(p->row, row, sizeof p->row);
  if (is_listing ? !seen[pid] : is_new) order[order_count++] = pid;
  seen[pid] = 1;
  return true;
}

void standin_remove(int32_t pid) {
  LOCKED;
  struct standin_process *p = standin_find(pid);
  if (p == NULL) return;
  forget(p);
  size_t kept = 0;
  for (size_t i = 0; i < order_count; i += 1)
    if (order[i] != pid) order[kept++] = order[i];
  order_count = kept;
}

/* Length -1: there is none. */
bool standin_text(int32_t pid, int which, const uint8_t *bytes, int64_t length) {
  LOCKED;
  struct standin_process *p = standin_find(pid);
  if (p == NULL || which < 0 || which >= TEXT_COUNT) return false;
  forget_text(p, which);
  if (length < 0) return true;
  bool is_brief = which <= TEXT_name;
  if (is_brief && (size_t)length >= sizeof p->brief[0]) return false;
  uint8_t *copy = is_brief ? memset(p->brief[which], 0, sizeof p->brief[0]) : calloc(1, (size_t)length + 1);
  if (copy == NULL) return false;
  memcpy(copy, bytes, (size_t)length);
  p->text[which] = (struct standin_text){copy, (size_t)length};
  return true;
}

void standin_no_descriptors(int32_t pid) {
  LOCKED;
  struct standin_process *p = standin_find(pid);
  if (p != NULL) p->descriptor_count = 0;
}

bool standin_descriptor(int32_t pid, int32_t fd, int32_t type, int32_t family, int32_t kind, int32_t state, int32_t port,
                        const uint8_t *address) {
  LOCKED;
  struct standin_process *p = standin_find(pid);
  if (p == NULL) return false;
  struct standin_descriptor *grown = realloc(p->descriptors, (p->descriptor_count + 1) * sizeof *grown);
  if (grown == NULL) return false;
  p->descriptors = grown;
  struct standin_descriptor *d = &grown[p->descriptor_count++];
  *d = (struct standin_descriptor){fd, type, family, kind, state, (uint16_t)port, {0}};
  memcpy(d->address, address, sizeof d->address);
  return true;
}

void standin_caller(bool is_root, int32_t uid) {
  LOCKED;
  standin_is_root = is_root;
  standin_own_uid = uid;
}

/* What a test wants a call to return, whatever it is asked. */
#define MOST_PLANS 64
static struct { char name[48]; long long result; int number; } plans[MOST_PLANS];
static int plan_count;

void standin_no_plans(void) {
  LOCKED;
  plan_count = 0;
}

bool standin_plan(const char *name, int64_t result, int32_t number) {
  LOCKED;
  if (plan_count == MOST_PLANS || strlen(name) >= sizeof plans[0].name) return false;
  strcpy(plans[plan_count].name, name);
  plans[plan_count].result = result;
  plans[plan_count].number = number;
  plan_count += 1;
  return true;
}

bool standin_planned(const char *name, long long *result) {
  LOCKED;
  for (int i = 0; i < plan_count; i += 1)
    if (strcmp(plans[i].name, name) == 0) {
      errno = plans[i].number;
      *result = plans[i].result;
      return true;
    }
  return false;
}

/* What calls have changed, until the test has taken it. */
#define MOST_CHANGES 4096
static double changes[MOST_CHANGES][3];
static size_t first_change, change_count;

void standin_changed(int kind, int32_t pid, double value) {
  if (change_count == MOST_CHANGES) return;
  double *at = changes[(first_change + change_count++) % MOST_CHANGES];
  at[0] = kind;
  at[1] = pid;
  at[2] = value;
}

bool standin_take(double *into) {
  LOCKED;
  if (change_count == 0) return false;
  memcpy(into, changes[first_change], sizeof changes[0]);
  first_change = (first_change + 1) % MOST_CHANGES;
  change_count -= 1;
  return true;
}

static double counts[COUNT_COUNT];
void standin_count_up(int which) { counts[which] += 1; }
double standin_count(int which) {
  LOCKED;
  return which < 0 || which >= COUNT_COUNT ? 0 : counts[which];
}
