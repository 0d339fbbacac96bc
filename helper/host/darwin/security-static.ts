import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { CodeSigner, CodeVerdict } from '../peer.ts';
import { anyDeveloperId, isBroken, securityErrorText } from './code-signing.ts';
import { nativeMemory } from './native.ts';
import { createQueue, within } from './queue.ts';
import { cfString, createOwned, type Owned, type Ref, readDictionary, type Security, takeOut } from './security.ts';
import { securityConstants, securityErrors } from './security-bindings.ts';

/** A model server of some gigabytes with a bundle around it is hashed as a whole. */
const limitMs = 30_000;

/** `codesign --verify --strict` sets the first two (SecurityTool, codesign.1); no look-up leaves the machine. */
const flags =
  securityConstants.kSecCSCheckAllArchitectures |
  securityConstants.kSecCSStrictValidate |
  securityConstants.kSecCSNoNetworkAccess;

/** As execve(2) tells one: its first two bytes. */
const isScript = async (path: string): Promise<boolean> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString('latin1') === '#!';
  } catch {
    return false;
  } finally {
    await file.close();
  }
};

/** What is sealed has been looked at before: this is about the certificate alone. */
const signerFlags =
  securityConstants.kSecCSDoNotValidateExecutable |
  securityConstants.kSecCSDoNotValidateResources |
  securityConstants.kSecCSNoNetworkAccess;

/** Of code that is valid. The flags are told whichever parts are asked for (SecCode.h, kSecCodeInfoFlags). */
const signerOf = async (security: Security, owned: Owned, code: Ref): Promise<CodeSigner> => {
  const { kSecCSDefaultFlags, kSecCodeSignatureAdhoc } = securityConstants;
  const told = await takeOut(security, owned, 'SecCodeCopySigningInformation', code, kSecCSDefaultFlags);
  const flagsOf = (information: Ref) => readDictionary(security, information).number(security.symbol.kSecCodeInfoFlags);
  const signedWith = told.ref === null ? null : flagsOf(told.ref);
  if (signedWith === null) return null;
  if ((signedWith & kSecCodeSignatureAdhoc) !== 0) return 'ad_hoc';
  const text = owned.take(cfString(security, anyDeveloperId));
  const wanted = await takeOut(security, owned, 'SecRequirementCreateWithString', text, kSecCSDefaultFlags);
  if (wanted.ref === null) return null;
  const status = await security.later('SecStaticCodeCheckValidity', code, signerFlags, wanted.ref);
  if (status === 0) return 'developer_id';
  return status === securityErrors.errSecCSReqFailed ? 'other' : null;
};

const faultOf = async (status: number, path: string): Promise<CodeVerdict> => {
  if (!isBroken(status)) return { kind: 'unknown', detail: securityErrorText(status) };
  // What pip installs as a program is one (mlx_lm.server): there is nothing in it that could be signed.
  if (status === securityErrors.errSecCSUnsigned && (await isScript(path))) return { kind: 'unsigned' };
  return { kind: 'invalid', detail: securityErrorText(status) };
};

const checkOnce = async (security: Security, path: string): Promise<CodeVerdict> => {
  const owned = createOwned(security);
  try {
    const bytes = new TextEncoder().encode(path);
    const memory = nativeMemory(bytes.length + 1);
    memory.bytes.set(bytes);
    const url = owned.take(security.call.CFURLCreateFromFileSystemRepresentation(0, memory.address, bytes.length, 0));
    const made = await takeOut(
      security,
      owned,
      'SecStaticCodeCreateWithPath',
      url,
      securityConstants.kSecCSDefaultFlags,
    );
    if (made.ref === null) return await faultOf(made.status, path);
    const status = await security.later('SecStaticCodeCheckValidity', made.ref, flags, 0);
    if (status !== 0) return await faultOf(status, path);
    return { kind: 'valid', signed: await signerOf(security, owned, made.ref) };
  } finally {
    owned.release();
  }
};

/** `waitMs` counts from the call, what waits before it included: behind a check that hangs all are late, on one thread. */
export const createCodeCheck = (
  security: () => Security,
  waitMs = limitMs,
): ((path: string) => Promise<CodeVerdict>) => {
  const queue = createQueue();
  const late = (): CodeVerdict => ({ kind: 'unknown', detail: `no verdict within ${waitMs / 1000} s` });
  return (path) => {
    const work = queue(() => checkOnce(security(), path)).catch(
      (fault: unknown): CodeVerdict => ({ kind: 'unknown', detail: String(fault) }),
    );
    return within(waitMs, work, late);
  };
};
