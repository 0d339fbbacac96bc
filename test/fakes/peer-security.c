/*
 * Security as far as Castellan calls it, answering as Apple documents (CSCommon.h, SecCode.h,
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
#include "peer-objects.h"

CONSTANT(kSecGuestAttributeAudit, "audit");
CONSTANT(kSecCodeInfoIdentifier, "identifier");
CONSTANT(kSecCodeInfoStatus, "status");
CONSTANT(kSecCodeInfoFlags, "flags");
CONSTANT(kSecCodeInfoEntitlements, "entitlements");
CONSTANT(kSecCodeInfoEntitlementsDict, "entitlements-dict");

/* -- how programs are signed ------------------------------------------------------------------------------------------ */

#define MOST_SIGNED 64
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct signature {
  char path[PATH_MAX], identifier[128], team[16], build[32], entitlement[128];
  bool is_developer_id, has_odd_entitlements;
  uint32_t flags, status;
  int32_t static_error;
  int delay_ms;
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
/* How long a check of this one program takes, as one that lies on a volume that hangs. False: it is not signed. */
bool standin_delay_of(const char *path, int ms) {
  bool is_known = false;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < signature_count; i += 1)
    if (strcmp(signatures[i].path, path) == 0) {
      signatures[i].delay_ms = ms;
      is_known = true;
    }
  pthread_mutex_unlock(&lock);
  return is_known;
}

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
  if (s.delay_ms > 0) usleep((useconds_t)s.delay_ms * 1000);
  if ((s.status & 1) == 0) return -67063;
  if (requirement == NULL) return 0;
  const struct object *wanted = of(requirement, REQUIREMENT);
  bool is_wrong;
  if (wanted == NULL) return -67071;
  return satisfies((const char *)wanted->bytes, &s, &is_wrong) ? 0 : -67050;
}

/* Running code and a file are both taken for static code (SecCode.h). */
static const struct object *any_code(const void *ref) {
  const struct object *o = ref;
  return of(ref, o != NULL && o->kind == STATIC_CODE ? STATIC_CODE : CODE);
}

int32_t SecCodeCopySigningInformation(const void *ref, uint32_t flags, const void **out) {
  const struct object *code = any_code(ref);
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
  const struct object *wanted = requirement == NULL ? NULL : of(requirement, REQUIREMENT);
  if (code == NULL || (requirement != NULL && wanted == NULL)) return -67071;
  if ((flags & 0x20000000) == 0) return -67070;
  int now = __atomic_add_fetch(&checking, 1, __ATOMIC_SEQ_CST);
  if (now > most_checking) most_checking = now;
  if (delay_ms > 0) usleep((useconds_t)delay_ms * 1000);
  __atomic_sub_fetch(&checking, 1, __ATOMIC_SEQ_CST);
  struct signature s;
  if (!signature_of(code->path, &s)) return -67062;
  /* Without what it seals nothing is found wrong with that. */
  if ((flags & 6) != 6 && s.static_error != 0) return s.static_error;
  bool is_wrong;
  return wanted == NULL || satisfies((const char *)wanted->bytes, &s, &is_wrong) ? 0 : -67050;
}
