/*
 * Objects of CoreFoundation as far as Castellan uses them, counted, so that a test sees one that was left behind or used after it
 * was let go of.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <limits.h>
#include <stdint.h>

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

/* One reference to it is the caller's. */
struct object *make(enum kind kind, const void *bytes, size_t length);

/* NULL, and a fault of the caller: it is no such object, or was let go of. */
const struct object *of(const void *ref, enum kind kind);

/* As on Apple silicon: a small number is no object, it is the reference, which does not fit into 2^53. */
const void *tagged(uint32_t value);

/* The dictionary has the references from now on. */
void add(struct object *dictionary, const void *key, const void *value);

#define MAGIC 0xcf0bced1u
#define CONSTANT(name, text) \
  static struct object name##_object = { \
    .magic = MAGIC, .kind = STRING, .references = 1, .is_constant = true, .length = sizeof text - 1, .bytes = (unsigned char *)text}; \
  const void *name = &name##_object

const void *CFDictionaryGetValue(const void *dictionary, const void *key);
