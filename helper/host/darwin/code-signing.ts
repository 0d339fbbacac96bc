import type { BuildStamp } from '../../protocol/build-stamp.ts';
import type { CodeRole } from '../peer.ts';
import { errnoText } from './errors.ts';
import { securityConstants, securityErrors } from './security-bindings.ts';

/**
 * Whose programs may talk to the keeper, as macOS's code-signing language and flags put it. Pure: what Security.framework
 * said goes in, a judgement comes out.
 */

const codeRoles = ['app', 'helper'] as const satisfies readonly CodeRole[];

/**
 * Identifiers, one for each: a requirement that asked for the team alone would take Electron's helper programs, and any
 * other program of that team, for the app.
 */
export const codeIdentifiers: Readonly<Record<CodeRole, string>> = {
  app: 'com.sanctum.castellan.app',
  helper: 'com.sanctum.castellan.helper',
};

/**
 * The oldest app that is spoken to: raised to the build that mends a flaw through which an app could be driven by others,
 * because an old app keeps its valid signature for ever. The role executable has no Info.plist that a requirement could
 * read; its old versions are cut off by `oldestProtocol`.
 */
export const oldestAppBuild = 1;

/** Signed with a Developer ID, whosever: TN3127 "Inside Code Signing: Requirements" has the two fields. */
export const anyDeveloperId =
  'anchor apple generic and certificate 1[field.1.2.840.113635.100.6.2.6] exists' +
  ' and certificate leaf[field.1.2.840.113635.100.6.1.13] exists';

export const developerId = (teamId: string): string =>
  `${anyDeveloperId} and certificate leaf[subject.OU] = "${teamId}"`;

export interface Requirements {
  /** Of our app, not too old, or our role executable. */
  readonly ours: string;
  /** The same of any age: only to say why. */
  readonly ofAnyAge: string;
}

/** Throws for a stamp that no build of ours writes: whatever it is, it is no team. */
export const requirementsFor = ({ teamId }: BuildStamp, oldestBuild = oldestAppBuild): Requirements => {
  if (!/^[A-Z0-9]{10}$/.test(teamId)) throw new Error(`the build stamp has no team identifier: ${teamId}`);
  const { app, helper } = codeIdentifiers;
  const signed = developerId(teamId);
  return {
    ours:
      `${signed} and (identifier "${helper}"` +
      // Compared as numbers, part by part (Security, reqinterp.cpp: kCFCompareNumerically).
      ` or identifier "${app}" and info[CFBundleVersion] >= "${oldestBuild}")`,
    ofAnyAge: `${signed} and (identifier "${helper}" or identifier "${app}")`,
  };
};

/** Rights by which another program could put code of its own into this one. No build of ours asks for any. */
export const openingEntitlements: readonly string[] = [
  'com.apple.security.get-task-allow',
  'com.apple.security.cs.disable-library-validation',
  'com.apple.security.cs.allow-dyld-environment-variables',
  'com.apple.security.cs.disable-executable-page-protection',
];

/** What SecCodeCopySigningInformation said of running code that satisfies the requirement; null: nothing. */
export interface SigningFacts {
  readonly identifier: string | null;
  /** As the kernel sees the process now. */
  readonly status: number | null;
  /** As it was signed. */
  readonly flags: number | null;
  /** Of `openingEntitlements`, those it has; null: it has entitlements that cannot be read. */
  readonly openedBy: readonly string[] | null;
}

export type CodeJudgement =
  | { readonly ok: true; readonly role: CodeRole }
  | { readonly ok: false; readonly detail: string };

/** Everything that is unknown is a refusal. */
export const judgeSigning = ({ identifier, status, flags, openedBy }: SigningFacts): CodeJudgement => {
  const refuse = (detail: string): CodeJudgement => ({ ok: false, detail });
  const role = codeRoles.find((each) => codeIdentifiers[each] === identifier);
  if (role === undefined) return refuse(`its identifier is ${identifier ?? 'not known'}`);
  if (status === null || flags === null) return refuse('macOS does not tell how it was signed and how it runs');
  const has = (value: number, bit: number): boolean => (value & bit) !== 0;
  const c = securityConstants;
  if (has(flags, c.kSecCodeSignatureAdhoc)) return refuse('its signature is ad hoc: nobody answers for it');
  if (!has(flags, c.kSecCodeSignatureRuntime)) return refuse('it was signed without the hardened runtime');
  if (!has(status, c.kSecCodeStatusValid)) return refuse('its code has been changed since it was started');
  if (has(status, c.kSecCodeStatusDebugged)) return refuse('a debugger has had it');
  // The hardened runtime sets both: the kernel neither maps a page whose hash is wrong nor lets the process live with one.
  if (!has(status, c.kSecCodeStatusHard) || !has(status, c.kSecCodeStatusKill))
    return refuse('the kernel does not hold it to its signature');
  if (openedBy === null) return refuse('its entitlements cannot be read');
  const [opened] = openedBy;
  return opened === undefined ? { ok: true, role } : refuse(`it has the entitlement ${opened}`);
};

const words: Readonly<Record<keyof typeof securityErrors, string>> = {
  errSecSuccess: 'valid',
  errSecCSUnimplemented: 'macOS cannot say',
  errSecCSInvalidObjectRef: 'macOS was asked of no program',
  errSecCSInvalidFlags: 'macOS does not understand the question',
  errSecCSObjectRequired: 'macOS was asked of no program',
  errSecCSStaticCodeNotFound: 'there is no such program',
  errSecCSInvalidAttributeValues: 'no process is meant by this token',
  errSecCSNoSuchCode: 'the process has ended',
  errSecCSGuestInvalid: 'its code has been changed since it was started',
  errSecCSUnsigned: 'it is not signed',
  errSecCSSignatureFailed: 'its signature is not valid',
  errSecCSSignatureNotVerifiable: 'its signature cannot be looked at',
  errSecCSResourcesNotSealed: 'its resources are not signed',
  errSecCSResourcesInvalid: 'the list of its resources is not valid',
  errSecCSBadResource: 'a file in it was added, changed or removed since it was signed',
  errSecCSReqInvalid: 'the requirement is not one',
  errSecCSReqFailed: 'it is not signed as Castellan',
  errSecCSInternalError: 'macOS failed at it',
  errSecCSStaticCodeChanged: 'its file was replaced while it runs',
  errSecCSInfoPlistFailed: 'its Info.plist was changed since it was signed',
};

/** SecBase.h, errSecErrnoBase: an errno on the way, as EPERM where privacy settings keep even root from a folder. */
const errnoBase = 100_000;
const mostErrno = 255;

/** An OSStatus in words, with its number: what codesign(1) prints has the same. */
export const securityErrorText = (status: number): string => {
  const name = (Object.keys(securityErrors) as (keyof typeof securityErrors)[]).find(
    (each) => securityErrors[each] === status,
  );
  if (name !== undefined) return `${words[name]} (${status})`;
  const errno = status - errnoBase;
  return errno > 0 && errno <= mostErrno ? `it cannot be read: ${errnoText(errno)} (${status})` : `error ${status}`;
};

/** Lowest and highest OSStatus of code signing (CSCommon.h, errSecCS…). */
const signingErrors = [-67_072, -66_900] as const;
const cannotTell: ReadonlySet<number> = new Set([
  securityErrors.errSecCSUnimplemented,
  securityErrors.errSecCSInvalidObjectRef,
  securityErrors.errSecCSInvalidFlags,
  securityErrors.errSecCSObjectRequired,
  securityErrors.errSecCSStaticCodeNotFound,
  securityErrors.errSecCSSignatureNotVerifiable,
  securityErrors.errSecCSInternalError,
]);

/** Whether a status speaks against a program, and not of a look that failed: a seat that serves is not doomed by one. */
export const isBroken = (status: number): boolean =>
  status >= signingErrors[0] && status <= signingErrors[1] && !cannotTell.has(status);
