import type { FunctionBinding } from './bindings.ts';

/**
 * Everything Castellan calls in CoreFoundation and Security, as data of the same form as bindings.ts: prototypes from
 * Apple's headers (CoreFoundation of macOS 13; Security's OSX/libsecurity_codesigning/lib). There are no stubs of these two
 * to link against where Castellan is built, so that the symbols exist is seen on a Mac only.
 */

/** The paths are names: since macOS 11 both are in dyld's shared cache, and dlopen(3) finds them there. */
export const frameworks = {
  CoreFoundation: '/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation',
  Security: '/System/Library/Frameworks/Security.framework/Security',
} as const;

export type FrameworkName = keyof typeof frameworks;

export interface FrameworkFunction extends FunctionBinding {
  readonly framework: FrameworkName;
}

const cf = (header: string, result: string, args: readonly string[]): FrameworkFunction => ({
  framework: 'CoreFoundation',
  header: `CoreFoundation/${header}`,
  result,
  args,
});

const sec = (header: string, args: readonly string[]): FrameworkFunction => ({
  framework: 'Security',
  header: `Security/${header}`,
  result: 'OSStatus',
  args,
});

export const securityFunctions = {
  CFRelease: cf('CFBase.h', 'void', ['CFTypeRef']),
  CFGetTypeID: cf('CFBase.h', 'CFTypeID', ['CFTypeRef']),
  CFDataCreate: cf('CFData.h', 'CFDataRef', ['CFAllocatorRef', 'const UInt8 *', 'CFIndex']),
  CFStringCreateWithBytes: cf('CFString.h', 'CFStringRef', [
    'CFAllocatorRef',
    'const UInt8 *',
    'CFIndex',
    'CFStringEncoding',
    'Boolean',
  ]),
  CFStringGetCString: cf('CFString.h', 'Boolean', ['CFStringRef', 'char *', 'CFIndex', 'CFStringEncoding']),
  CFStringGetTypeID: cf('CFString.h', 'CFTypeID', []),
  CFNumberGetValue: cf('CFNumber.h', 'Boolean', ['CFNumberRef', 'CFNumberType', 'void *']),
  CFNumberGetTypeID: cf('CFNumber.h', 'CFTypeID', []),
  CFBooleanGetValue: cf('CFNumber.h', 'Boolean', ['CFBooleanRef']),
  CFBooleanGetTypeID: cf('CFNumber.h', 'CFTypeID', []),
  CFDictionaryCreate: cf('CFDictionary.h', 'CFDictionaryRef', [
    'CFAllocatorRef',
    'const void **',
    'const void **',
    'CFIndex',
    'const CFDictionaryKeyCallBacks *',
    'const CFDictionaryValueCallBacks *',
  ]),
  CFDictionaryGetValue: cf('CFDictionary.h', 'const void *', ['CFDictionaryRef', 'const void *']),
  CFDictionaryGetTypeID: cf('CFDictionary.h', 'CFTypeID', []),
  CFURLCreateFromFileSystemRepresentation: cf('CFURL.h', 'CFURLRef', [
    'CFAllocatorRef',
    'const UInt8 *',
    'CFIndex',
    'Boolean',
  ]),
  SecCodeCopyGuestWithAttributes: sec('SecCode.h', ['SecCodeRef', 'CFDictionaryRef', 'SecCSFlags', 'SecCodeRef *']),
  SecCodeCheckValidity: sec('SecCode.h', ['SecCodeRef', 'SecCSFlags', 'SecRequirementRef']),
  SecCodeCopySigningInformation: sec('SecCode.h', ['SecStaticCodeRef', 'SecCSFlags', 'CFDictionaryRef *']),
  SecRequirementCreateWithString: sec('SecRequirement.h', ['CFStringRef', 'SecCSFlags', 'SecRequirementRef *']),
  SecStaticCodeCreateWithPath: sec('SecStaticCode.h', ['CFURLRef', 'SecCSFlags', 'SecStaticCodeRef *']),
  SecStaticCodeCheckValidity: sec('SecStaticCode.h', ['SecStaticCodeRef', 'SecCSFlags', 'SecRequirementRef']),
} as const satisfies Readonly<Record<string, FrameworkFunction>>;

export type SecurityFunctionName = keyof typeof securityFunctions;

export interface FrameworkSymbol {
  readonly framework: FrameworkName;
  readonly header: string;
  /** `object`: a variable that holds a reference. `structure`: what is wanted is where it lies. */
  readonly kind: 'object' | 'structure';
}

const object = (header: string): FrameworkSymbol => ({
  framework: 'Security',
  header: `Security/${header}`,
  kind: 'object',
});
const callbacks: FrameworkSymbol = {
  framework: 'CoreFoundation',
  header: 'CoreFoundation/CFDictionary.h',
  kind: 'structure',
};

export const securitySymbols = {
  kCFTypeDictionaryKeyCallBacks: callbacks,
  kCFTypeDictionaryValueCallBacks: callbacks,
  kSecGuestAttributeAudit: object('SecCode.h'),
  kSecCodeInfoIdentifier: object('SecCode.h'),
  kSecCodeInfoStatus: object('SecCode.h'),
  kSecCodeInfoFlags: object('SecCode.h'),
  kSecCodeInfoEntitlements: object('SecCode.h'),
  kSecCodeInfoEntitlementsDict: object('SecCode.h'),
} as const satisfies Readonly<Record<string, FrameworkSymbol>>;

export type SecuritySymbolName = keyof typeof securitySymbols;

export const securityConstants = {
  // CFString.h, CFNumber.h
  kCFStringEncodingUTF8: 0x0800_0100,
  kCFNumberSInt64Type: 4,
  // CSCommon.h
  kSecCSDefaultFlags: 0,
  kSecCSCheckAllArchitectures: 1,
  kSecCSStrictValidate: 0x10,
  kSecCSNoNetworkAccess: 0x2000_0000,
  // SecStaticCode.h: the signature and a requirement of it, without what it seals.
  kSecCSDoNotValidateExecutable: 2,
  kSecCSDoNotValidateResources: 4,
  // SecCode.h: which parts of the signing information are wanted.
  kSecCSRequirementInformation: 4,
  kSecCSDynamicInformation: 8,
  // CSCommon.h, SecCodeStatus: as the kernel sees the running code.
  kSecCodeStatusValid: 0x1,
  kSecCodeStatusHard: 0x100,
  kSecCodeStatusKill: 0x200,
  kSecCodeStatusDebugged: 0x1000_0000,
  // CSCommon.h, SecCodeSignatureFlags: as the code was signed.
  kSecCodeSignatureAdhoc: 0x2,
  kSecCodeSignatureRuntime: 0x1_0000,
} as const;

/** CSCommon.h; what each means to an operator stands in code-signing.ts. */
export const securityErrors = {
  errSecSuccess: 0,
  errSecCSUnimplemented: -67072,
  errSecCSInvalidObjectRef: -67071,
  errSecCSInvalidFlags: -67070,
  errSecCSObjectRequired: -67069,
  errSecCSStaticCodeNotFound: -67068,
  errSecCSInvalidAttributeValues: -67066,
  errSecCSNoSuchCode: -67065,
  errSecCSGuestInvalid: -67063,
  errSecCSUnsigned: -67062,
  errSecCSSignatureFailed: -67061,
  errSecCSSignatureNotVerifiable: -67060,
  errSecCSResourcesNotSealed: -67057,
  errSecCSResourcesInvalid: -67055,
  errSecCSBadResource: -67054,
  errSecCSReqInvalid: -67052,
  errSecCSReqFailed: -67050,
  errSecCSInternalError: -67048,
  errSecCSStaticCodeChanged: -67034,
  errSecCSInfoPlistFailed: -67030,
} as const;
