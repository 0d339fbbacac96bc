/*
 * CoreFoundation and Security as far as Castellan calls them, answering as Apple documents (CSCommon.h, SecCode.h,
 * SecStaticCode.h) for processes and files of this machine: how a program is signed is what a test said of its path.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer-kernel.h"

/* -- objects ---------------------------------------------------------------------------------------------------------- */

enum kind { DATA = 1, STRING, DICTIONARY, BOOLEAN, URL, CODE, STATIC_CODE, REQUIREMENT, NUMBER };
struct object {
  uint32_t magic;
  enum kind kind;
  int references;
  bool is_constant;
  size_t length;
  unsigned char *bytes;
  const void *keys[16], *values[16];
  int count;
  int32_t pid;
  uint32_t version;
  char path[PATH_MAX];
};
#define MAGIC 0xcf0bced1u

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int living, faults;

/* Objects that were let go of: more than were made, or one that is used afterwards, is a fault of the caller. */
int standin_cf_living(void) { return living; }
int standin_cf_faults(void) { return faults; }

/* As on Apple silicon: a small number is no object, it is the reference, which does not fit into 2^53. */
#define TAG 0x8000000000000000ull
static bool is_tagged(const void *ref) { return ((uintptr_t)ref & TAG) != 0; }
static const void *tagged(uint32_t value) { return (const void *)(uintptr_t)(TAG | value); }

static struct object *make(enum kind kind, const void *bytes, size_t length) {
  struct object *o = calloc(1, sizeof *o);
  o->magic = MAGIC;
  o->kind = kind;
  o->references = 1;
  o->length = length;
  o->bytes = calloc(1, length + 1);
  if (bytes != NULL) memcpy(o->bytes, bytes, length);
  __atomic_add_fetch(&living, 1, __ATOMIC_SEQ_CST);
  return o;
}

static const struct object *of(const void *ref, enum kind kind) {
  const struct object *o = ref;
  if (o == NULL || is_tagged(ref) || o->magic != MAGIC || o->references <= 0 || o->kind != kind) {
    __atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
    return NULL;
  }
  return o;
}

#define CONSTANT(name, text) \
  static struct object name##_object = { \
    .magic = MAGIC, .kind = STRING, .references = 1, .is_constant = true, .length = sizeof text - 1, .bytes = (unsigned char *)text}; \
  const void *name = &name##_object
CONSTANT(kSecGuestAttributeAudit, "audit");
CONSTANT(kSecCodeInfoIdentifier, "identifier");
CONSTANT(kSecCodeInfoStatus, "status");
CONSTANT(kSecCodeInfoFlags, "flags");
CONSTANT(kSecCodeInfoEntitlements, "entitlements");
CONSTANT(kSecCodeInfoEntitlementsDict, "entitlements-dict");

/* What a dictionary compares its keys by; a dictionary made without them would compare addresses. */
struct callbacks { long version; void *calls[5]; };
const struct callbacks kCFTypeDictionaryKeyCallBacks = {0}, kCFTypeDictionaryValueCallBacks = {0};

static void add(struct object *dictionary, const void *key, const void *value) {
  dictionary->keys[dictionary->count] = key;
  dictionary->values[dictionary->count++] = value;
}

void CFRelease(const void *ref) {
  struct object *o = (struct object *)ref;
  if (is_tagged(ref)) return;
  if (o == NULL || o->magic != MAGIC || o->references <= 0) {
    __atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
    return;
  }
  if (o->is_constant || --o->references > 0) return;
  __atomic_sub_fetch(&living, 1, __ATOMIC_SEQ_CST);
  for (int i = 0; i < o->count; i += 1) {
    CFRelease(o->keys[i]);
    CFRelease(o->values[i]);
  }
  /* The object itself stays, to be known for dead. */
  free(o->bytes);
  o->bytes = NULL;
}
static const void *retain(const void *ref) {
  struct object *o = (struct object *)ref;
  if (!is_tagged(ref) && !o->is_constant) o->references += 1;
  return ref;
}

unsigned long CFGetTypeID(const void *ref) { return is_tagged(ref) ? NUMBER : ((const struct object *)ref)->kind; }
unsigned long CFStringGetTypeID(void) { return STRING; }
unsigned long CFNumberGetTypeID(void) { return NUMBER; }
unsigned long CFBooleanGetTypeID(void) { return BOOLEAN; }
unsigned long CFDictionaryGetTypeID(void) { return DICTIONARY; }

const void *CFDataCreate(const void *allocator, const uint8_t *bytes, long length) {
  (void)allocator;
  return make(DATA, bytes, (size_t)length);
}
const void *CFStringCreateWithBytes(const void *allocator, const uint8_t *bytes, long length, uint32_t encoding, unsigned char is_external) {
  (void)allocator, (void)is_external;
  return encoding == 0x08000100 ? make(STRING, bytes, (size_t)length) : NULL;
}
unsigned char CFStringGetCString(const void *ref, char *to, long room, uint32_t encoding) {
  const struct object *o = of(ref, STRING);
  if (o == NULL || encoding != 0x08000100 || (size_t)room <= o->length) return 0;
  memcpy(to, o->bytes, o->length);
  to[o->length] = 0;
  return 1;
}
unsigned char CFNumberGetValue(const void *ref, long type, void *to) {
  if (!is_tagged(ref) || type != 4) return 0;
  int64_t value = (int64_t)((uintptr_t)ref & ~TAG);
  memcpy(to, &value, sizeof value);
  return 1;
}
unsigned char CFBooleanGetValue(const void *ref) {
  const struct object *o = of(ref, BOOLEAN);
  return o != NULL && o->count == 0 && o->length == 1;
}
const void *CFDictionaryCreate(const void *allocator, const void **keys, const void **values, long count, const void *key_calls, const void *value_calls) {
  (void)allocator;
  if (key_calls != &kCFTypeDictionaryKeyCallBacks || value_calls != &kCFTypeDictionaryValueCallBacks) {
    __atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
    return NULL;
  }
  struct object *o = make(DICTIONARY, NULL, 0);
  for (long i = 0; i < count; i += 1) add(o, retain(keys[i]), retain(values[i]));
  return o;
}
const void *CFDictionaryGetValue(const void *ref, const void *key) {
  const struct object *o = of(ref, DICTIONARY), *wanted = of(key, STRING);
  if (o == NULL || wanted == NULL) return NULL;
  for (int i = 0; i < o->count; i += 1) {
    const struct object *has = o->keys[i];
    if (has->length == wanted->length && memcmp(has->bytes, wanted->bytes, has->length) == 0) return o->values[i];
  }
  return NULL;
}
const void *CFURLCreateFromFileSystemRepresentation(const void *allocator, const uint8_t *bytes, long length, unsigned char is_folder) {
  (void)allocator, (void)is_folder;
  return make(URL, bytes, (size_t)length);
}

/* -- how programs are signed ------------------------------------------------------------------------------------------ */

#define MOST_SIGNED 64
static struct signature {
  char path[PATH_MAX], identifier[128], team[16], build[32], entitlement[128];
  bool is_developer_id, has_odd_entitlements;
  uint32_t flags, status;
  int32_t static_error;
} signatures[MOST_SIGNED];
static int signature_count, delay_ms;

/* An empty identifier: not signed. An empty build: no Info.plist. */
bool standin_sign(const char *path, const char *identifier, const char *team, bool is_developer_id, const char *build, uint32_t flags, uint32_t status, const char *entitlement, bool has_odd_entitlements, int32_t static_error) {
  pthread_mutex_lock(&lock);
  int at = 0;
  while (at < signature_count && strcmp(signatures[at].path, path) != 0) at += 1;
  bool fits = at < MOST_SIGNED;
  if (fits) {
    struct signature *s = &signatures[at];
    memset(s, 0, sizeof *s);
    snprintf(s->path, sizeof s->path, "%s", path);
    snprintf(s->identifier, sizeof s->identifier, "%s", identifier);
    snprintf(s->team, sizeof s->team, "%s", team);
    snprintf(s->build, sizeof s->build, "%s", build);
    snprintf(s->entitlement, sizeof s->entitlement, "%s", entitlement);
    s->is_developer_id = is_developer_id;
    s->has_odd_entitlements = has_odd_entitlements;
    s->flags = flags;
    s->status = status;
    s->static_error = static_error;
    if (at == signature_count) signature_count += 1;
  }
  pthread_mutex_unlock(&lock);
  return fits;
}
/* How long a check takes. */
void standin_security_delay(int ms) { delay_ms = ms; }

static bool signature_of(const char *path, struct signature *found) {
  pthread_mutex_lock(&lock);
  bool is_known = false;
  for (int i = 0; i < signature_count && !is_known; i += 1)
    if (strcmp(signatures[i].path, path) == 0) {
      *found = signatures[i];
      is_known = true;
    }
  pthread_mutex_unlock(&lock);
  return is_known && found->identifier[0] != 0;
}

/* -- requirements: as much of the language as requirements of ours use ------------------------------------------------ */

struct reader { const char *at; const struct signature *of; bool is_wrong; };

static bool take(struct reader *r, const char *word) {
  while (*r->at == ' ') r->at += 1;
  size_t length = strlen(word);
  if (strncmp(r->at, word, length) != 0) return false;
  r->at += length;
  return true;
}
static void quoted(struct reader *r, char *to, size_t room) {
  to[0] = 0;
  const char *end = take(r, "\"") ? strchr(r->at, '"') : NULL;
  if (end == NULL || (size_t)(end - r->at) >= room) {
    r->is_wrong = true;
    return;
  }
  memcpy(to, r->at, (size_t)(end - r->at));
  to[end - r->at] = 0;
  r->at = end + 1;
}
static bool any(struct reader *r);
static bool term(struct reader *r) {
  char text[128];
  if (take(r, "(")) {
    bool holds = any(r);
    if (!take(r, ")")) r->is_wrong = true;
    return holds;
  }
  if (take(r, "anchor apple generic")) return r->of->team[0] != 0;
  if (take(r, "certificate 1[field.1.2.840.113635.100.6.2.6] exists")) return r->of->is_developer_id;
  if (take(r, "certificate leaf[field.1.2.840.113635.100.6.1.13] exists")) return r->of->is_developer_id;
  if (take(r, "certificate leaf[subject.OU] =")) {
    quoted(r, text, sizeof text);
    return strcmp(text, r->of->team) == 0;
  }
  if (take(r, "identifier")) {
    quoted(r, text, sizeof text);
    return strcmp(text, r->of->identifier) == 0;
  }
  if (take(r, "info[CFBundleVersion] >=")) {
    quoted(r, text, sizeof text);
    return r->of->build[0] != 0 && atol(r->of->build) >= atol(text);
  }
  r->is_wrong = true;
  return false;
}
static bool all(struct reader *r) {
  bool holds = term(r);
  while (!r->is_wrong && take(r, "and ")) holds = term(r) && holds;
  return holds;
}
static bool any(struct reader *r) {
  bool holds = all(r);
  while (!r->is_wrong && take(r, "or ")) holds = all(r) || holds;
  return holds;
}
static bool satisfies(const char *text, const struct signature *of, bool *is_wrong) {
  struct reader r = {text, of, false};
  bool holds = any(&r);
  while (*r.at == ' ') r.at += 1;
  *is_wrong = r.is_wrong || *r.at != 0;
  return holds && !*is_wrong;
}

int32_t SecRequirementCreateWithString(const void *text, uint32_t flags, const void **out) {
  const struct object *o = of(text, STRING);
  const struct signature nobody = {0};
  bool is_wrong;
  if (flags != 0) return -67070;
  if (o == NULL) return -67071;
  satisfies((const char *)o->bytes, &nobody, &is_wrong);
  if (is_wrong) return -67052;
  *out = make(REQUIREMENT, o->bytes, o->length);
  return 0;
}

/* -- code ------------------------------------------------------------------------------------------------------------- */

int32_t SecCodeCopyGuestWithAttributes(const void *host, const void *attributes, uint32_t flags, const void **out) {
  if (flags != 0) return -67070;
  if (host != NULL) return -67046;
  const void *audit = CFDictionaryGetValue(attributes, kSecGuestAttributeAudit);
  if (audit == NULL) return -67067;
  const struct object *data = of(audit, DATA);
  if (data == NULL || data->length != 32) return -67066;
  uint32_t words[8];
  memcpy(words, data->bytes, sizeof words);
  struct kernel_process now;
  if (!kernel_process((int32_t)words[5], &now) || now.version != words[7]) return -67065;
  struct object *code = make(CODE, NULL, 0);
  code->pid = now.pid;
  code->version = now.version;
  snprintf(code->path, sizeof code->path, "%s", now.path);
  *out = code;
  return 0;
}

int32_t SecCodeCheckValidity(const void *ref, uint32_t flags, const void *requirement) {
  if (flags != 0) return -67070;
  if (delay_ms > 0) usleep((useconds_t)delay_ms * 1000);
  const struct object *code = of(ref, CODE);
  if (code == NULL) return -67071;
  struct kernel_process now;
  if (!kernel_process(code->pid, &now) || now.version != code->version) return -67065;
  if (now.is_replaced) return -67034;
  struct signature s;
  if (!signature_of(code->path, &s)) return -67062;
  if ((s.status & 1) == 0) return -67063;
  if (requirement == NULL) return 0;
  const struct object *wanted = of(requirement, REQUIREMENT);
  bool is_wrong;
  if (wanted == NULL) return -67071;
  return satisfies((const char *)wanted->bytes, &s, &is_wrong) ? 0 : -67050;
}

int32_t SecCodeCopySigningInformation(const void *ref, uint32_t flags, const void **out) {
  const struct object *code = of(ref, CODE);
  struct signature s;
  if (code == NULL) return -67071;
  struct object *told = make(DICTIONARY, NULL, 0);
  *out = told;
  if (!signature_of(code->path, &s)) return 0;
  add(told, kSecCodeInfoIdentifier, make(STRING, s.identifier, strlen(s.identifier)));
  add(told, kSecCodeInfoFlags, tagged(s.flags));
  if (flags & 8) add(told, kSecCodeInfoStatus, tagged(s.status));
  if ((flags & 4) == 0 || (s.entitlement[0] == 0 && !s.has_odd_entitlements)) return 0;
  add(told, kSecCodeInfoEntitlements, make(DATA, "", 0));
  if (s.has_odd_entitlements) return 0;
  struct object *entitlements = make(DICTIONARY, NULL, 0);
  add(entitlements, make(STRING, s.entitlement, strlen(s.entitlement)), make(BOOLEAN, "t", 1));
  add(entitlements, make(STRING, "com.apple.security.cs.disable-library-validation.not", 52), make(BOOLEAN, NULL, 0));
  add(told, kSecCodeInfoEntitlementsDict, entitlements);
  return 0;
}

int32_t SecStaticCodeCreateWithPath(const void *url, uint32_t flags, const void **out) {
  const struct object *o = of(url, URL);
  if (flags != 0) return -67070;
  if (o == NULL) return -67071;
  if (access((const char *)o->bytes, F_OK) != 0) return -67068;
  struct object *code = make(STATIC_CODE, NULL, 0);
  snprintf(code->path, sizeof code->path, "%s", (const char *)o->bytes);
  *out = code;
  return 0;
}

static int checking, most_checking;
/* How many static checks there were at once. */
int standin_most_checking(void) { return most_checking; }

int32_t SecStaticCodeCheckValidity(const void *ref, uint32_t flags, const void *requirement) {
  const struct object *code = of(ref, STATIC_CODE);
  if (code == NULL || requirement != NULL) return -67071;
  if ((flags & 0x20000000) == 0) return -67070;
  int now = __atomic_add_fetch(&checking, 1, __ATOMIC_SEQ_CST);
  if (now > most_checking) most_checking = now;
  if (delay_ms > 0) usleep((useconds_t)delay_ms * 1000);
  __atomic_sub_fetch(&checking, 1, __ATOMIC_SEQ_CST);
  struct signature s;
  return signature_of(code->path, &s) ? s.static_error : -67062;
}
