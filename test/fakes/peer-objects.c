/* CoreFoundation as far as Castellan calls it. */
#include "peer-objects.h"

#include <stdlib.h>
#include <string.h>

static int living, faults;

/* Objects that were let go of: more than were made, or one that is used afterwards, is a fault of the caller. */
int standin_cf_living(void) { return living; }
int standin_cf_faults(void) { return faults; }

#define TAG 0x8000000000000000ull
static bool is_tagged(const void *ref) { return ((uintptr_t)ref & TAG) != 0; }
const void *tagged(uint32_t value) { return (const void *)(uintptr_t)(TAG | value); }

struct object *make(enum kind kind, const void *bytes, size_t length) {
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

const struct object *of(const void *ref, enum kind kind) {
  const struct object *o = ref;
  if (o == NULL || is_tagged(ref) || o->magic != MAGIC || o->references <= 0 || o->kind != kind) {
    __atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
    return NULL;
  }
  return o;
}

/* What a dictionary compares its keys by; a dictionary made without them would compare addresses. */
struct callbacks { long version; void *calls[5]; };
const struct callbacks kCFTypeDictionaryKeyCallBacks = {0}, kCFTypeDictionaryValueCallBacks = {0};

void add(struct object *dictionary, const void *key, const void *value) {
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
