/*
 * What no public header of Apple's declares: structures, constants and functions of macOS, written down a second time
 * from the headers that Apple publishes with its sources, so that a slip in the bindings shows. Sizes and offsets are
 * the compiler's; the order of the fields is ours.
 */

/* xnu-8792 bsd/sys/kern_memorystatus.h */
struct castellan_memorystatus_priority_entry {
  pid_t pid;
  int32_t priority;
  uint64_t user_data;
  int32_t limit;
  uint32_t state;
};

struct castellan_memorystatus_priority_properties {
  int32_t priority;
  uint64_t user_data;
};

struct castellan_memorystatus_kernel_stats {
  uint32_t free_pages, active_pages, inactive_pages, throttled_pages, purgeable_pages;
  uint32_t wired_pages, speculative_pages, filebacked_pages, anonymous_pages, compressor_pages;
  uint64_t compressions, decompressions, total_uncompressed_pages_in_compressor;
  uint64_t zone_map_size, zone_map_capacity, largest_zone_size;
  char largest_zone_name[80];
};

struct castellan_jetsam_snapshot {
  uint64_t snapshot_time, notification_time, js_gencount;
  struct castellan_memorystatus_kernel_stats stats;
  size_t entry_count;
};

struct castellan_jetsam_snapshot_entry {
  pid_t pid;
  char name[2 * 16 + 1];
  int32_t priority;
  uint32_t state, fds;
  uint8_t uuid[16];
  uint64_t user_data, killed, pages, max_pages_lifetime, purgeable_pages;
  uint64_t jse_internal_pages, jse_internal_compressed_pages;
  uint64_t jse_purgeable_nonvolatile_pages, jse_purgeable_nonvolatile_compressed_pages;
  uint64_t jse_alternate_accounting_pages, jse_alternate_accounting_compressed_pages;
  uint64_t jse_iokit_mapped_pages, jse_page_table_pages, jse_memory_region_count;
  uint64_t jse_gencount, jse_starttime, jse_killtime, jse_idle_delta, jse_coalition_jetsam_id;
  int64_t cpu_seconds, cpu_microseconds;
  uint64_t jse_thaw_count, jse_frozen_to_swap_pages, csflags;
  uint32_t cs_trust_level;
};

/* xnu-8792 bsd/sys/proc_info_private.h */
struct castellan_proc_uniqidentifierinfo {
  uint8_t p_uuid[16];
  uint64_t p_uniqueid, p_puniqueid;
  int32_t p_idversion, p_orig_ppidversion;
  uint64_t p_reserve2, p_reserve3;
};

enum {
  /* bsd/sys/proc_info_private.h */
  castellan_PROC_PIDUNIQIDENTIFIERINFO = 17,
  /* bsd/sys/event_private.h */
  castellan_EVFILT_MEMORYSTATUS = -14,
  castellan_NOTE_MEMORYSTATUS_PRESSURE_NORMAL = 0x1,
  castellan_NOTE_MEMORYSTATUS_PRESSURE_WARN = 0x2,
  castellan_NOTE_MEMORYSTATUS_PRESSURE_CRITICAL = 0x4,
  /* bsd/sys/kern_memorystatus.h */
  castellan_MEMORYSTATUS_CMD_GET_PRIORITY_LIST = 1,
  castellan_MEMORYSTATUS_CMD_SET_PRIORITY_PROPERTIES = 2,
  castellan_MEMORYSTATUS_CMD_GET_JETSAM_SNAPSHOT = 3,
  castellan_MEMORYSTATUS_CMD_PRIVILEGED_LISTENER_ENABLE = 9,
  castellan_MEMORYSTATUS_CMD_GET_PROCESS_IS_MANAGED = 17,
  castellan_MEMORYSTATUS_FLAGS_SNAPSHOT_ON_DEMAND = 0x1,
  castellan_kMemorystatusAssertion = 0x40,
  castellan_JETSAM_PRIORITY_IDLE = 0,
  castellan_JETSAM_PRIORITY_BACKGROUND = 30,
  castellan_JETSAM_PRIORITY_FOREGROUND = 100,
  castellan_JETSAM_PRIORITY_HOME = 160,
  castellan_JETSAM_PRIORITY_DEFAULT = 180,
  castellan_JETSAM_PRIORITY_CRITICAL = 190,
  /* bsd/sys/codesign.h */
  castellan_CS_OPS_STATUS = 0,
  castellan_CS_OPS_ENTITLEMENTS_BLOB = 7,
  castellan_CS_OPS_DER_ENTITLEMENTS_BLOB = 16,
  /* osfmk/kern/cs_blobs.h */
  castellan_CS_VALID = 0x00000001,
  castellan_CS_PLATFORM_BINARY = 0x04000000,
  castellan_CS_DEBUGGED = 0x10000000,
  castellan_CS_SIGNED = 0x20000000,
};
enum {
  /* CoreFoundation CFString.h, CFNumber.h */
  castellan_kCFStringEncodingUTF8 = 0x08000100,
  castellan_kCFNumberSInt64Type = 4,
  /* Security CSCommon.h, SecCode.h */
  castellan_kSecCSDefaultFlags = 0,
  castellan_kSecCSCheckAllArchitectures = 1 << 0,
  castellan_kSecCSDoNotValidateExecutable = 1 << 1,
  castellan_kSecCSDoNotValidateResources = 1 << 2,
  castellan_kSecCSStrictValidate = 1 << 4,
  castellan_kSecCSNoNetworkAccess = 1 << 29,
  castellan_kSecCSRequirementInformation = 1 << 2,
  castellan_kSecCSDynamicInformation = 1 << 3,
  castellan_kSecCodeStatusValid = 0x0001,
  castellan_kSecCodeStatusHard = 0x0100,
  castellan_kSecCodeStatusKill = 0x0200,
  castellan_kSecCodeStatusDebugged = 0x10000000,
  castellan_kSecCodeSignatureAdhoc = 0x0002,
  castellan_kSecCodeSignatureRuntime = 0x10000,
  castellan_errSecSuccess = 0,
  castellan_errSecCSUnimplemented = -67072,
  castellan_errSecCSInvalidObjectRef = -67071,
  castellan_errSecCSInvalidFlags = -67070,
  castellan_errSecCSObjectRequired = -67069,
  castellan_errSecCSStaticCodeNotFound = -67068,
  castellan_errSecCSInvalidAttributeValues = -67066,
  castellan_errSecCSNoSuchCode = -67065,
  castellan_errSecCSGuestInvalid = -67063,
  castellan_errSecCSUnsigned = -67062,
  castellan_errSecCSSignatureFailed = -67061,
  castellan_errSecCSSignatureNotVerifiable = -67060,
  castellan_errSecCSResourcesNotSealed = -67057,
  castellan_errSecCSResourcesInvalid = -67055,
  castellan_errSecCSBadResource = -67054,
  castellan_errSecCSReqInvalid = -67052,
  castellan_errSecCSReqFailed = -67050,
  castellan_errSecCSInternalError = -67048,
  castellan_errSecCSStaticCodeChanged = -67034,
  castellan_errSecCSInfoPlistFailed = -67030,
};
/* Beyond what an int holds. */
#define castellan_CSMAGIC_EMBEDDED_ENTITLEMENTS 0xfade7171u
#define castellan_CSMAGIC_EMBEDDED_DER_ENTITLEMENTS 0xfade7172u

int memorystatus_control(uint32_t command, int32_t pid, uint32_t flags, void *buffer, size_t buffersize);
int proc_signal_with_audittoken(audit_token_t *audittoken, int sig);
int csops(pid_t pid, unsigned int ops, void *useraddr, size_t usersize);

/* CoreFoundation CFBase.h, CFData.h, CFString.h, CFNumber.h, CFDictionary.h, CFURL.h */
#include <MacTypes.h>
typedef signed long CFIndex;
typedef unsigned long CFTypeID;
typedef const void *CFTypeRef;
typedef const struct castellan_cf_allocator *CFAllocatorRef;
typedef const struct castellan_cf_data *CFDataRef;
typedef const struct castellan_cf_string *CFStringRef;
typedef const struct castellan_cf_number *CFNumberRef;
typedef const struct castellan_cf_boolean *CFBooleanRef;
typedef const struct castellan_cf_dictionary *CFDictionaryRef;
typedef const struct castellan_cf_url *CFURLRef;
typedef UInt32 CFStringEncoding;
typedef CFIndex CFNumberType;
typedef struct castellan_cf_key_callbacks CFDictionaryKeyCallBacks;
typedef struct castellan_cf_value_callbacks CFDictionaryValueCallBacks;
void CFRelease(CFTypeRef cf);
CFTypeID CFGetTypeID(CFTypeRef cf);
CFDataRef CFDataCreate(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length);
CFStringRef CFStringCreateWithBytes(CFAllocatorRef alloc, const UInt8 *bytes, CFIndex numBytes, CFStringEncoding encoding, Boolean isExternalRepresentation);
Boolean CFStringGetCString(CFStringRef theString, char *buffer, CFIndex bufferSize, CFStringEncoding encoding);
CFTypeID CFStringGetTypeID(void);
Boolean CFNumberGetValue(CFNumberRef number, CFNumberType theType, void *valuePtr);
CFTypeID CFNumberGetTypeID(void);
Boolean CFBooleanGetValue(CFBooleanRef boolean);
CFTypeID CFBooleanGetTypeID(void);
CFDictionaryRef CFDictionaryCreate(CFAllocatorRef allocator, const void **keys, const void **values, CFIndex numValues, const CFDictionaryKeyCallBacks *keyCallBacks, const CFDictionaryValueCallBacks *valueCallBacks);
const void *CFDictionaryGetValue(CFDictionaryRef theDict, const void *key);
CFTypeID CFDictionaryGetTypeID(void);
CFURLRef CFURLCreateFromFileSystemRepresentation(CFAllocatorRef allocator, const UInt8 *buffer, CFIndex bufLen, Boolean isDirectory);

/* Security CSCommon.h, SecCode.h, SecStaticCode.h, SecRequirement.h; a SecCSFlags is 32 bits (CF_OPTIONS) */
typedef uint32_t SecCSFlags;
typedef struct castellan_sec_code *SecCodeRef;
typedef const struct castellan_sec_static_code *SecStaticCodeRef;
typedef struct castellan_sec_requirement *SecRequirementRef;
OSStatus SecCodeCopyGuestWithAttributes(SecCodeRef host, CFDictionaryRef attributes, SecCSFlags flags, SecCodeRef *guest);
OSStatus SecCodeCheckValidity(SecCodeRef code, SecCSFlags flags, SecRequirementRef requirement);
OSStatus SecCodeCopySigningInformation(SecStaticCodeRef code, SecCSFlags flags, CFDictionaryRef *information);
OSStatus SecRequirementCreateWithString(CFStringRef text, SecCSFlags flags, SecRequirementRef *requirement);
OSStatus SecStaticCodeCreateWithPath(CFURLRef path, SecCSFlags flags, SecStaticCodeRef *staticCode);
OSStatus SecStaticCodeCheckValidity(SecStaticCodeRef staticCode, SecCSFlags flags, SecRequirementRef requirement);
