import type { BuildStamp } from '../../protocol/build-stamp.ts';
import type { PeerCode, PeerCodeResult, PeerToken } from '../peer.ts';
import {
  judgeSigning,
  openingEntitlements,
  type Requirements,
  requirementsFor,
  type SigningFacts,
  securityErrorText,
} from './code-signing.ts';
import { createLanes } from './lanes.ts';
import { nativeMemory } from './native.ts';
import { type Peers, userOf } from './peer.ts';
import {
  cfDictionary,
  cfString,
  createOwned,
  type Owned,
  type Ref,
  readDictionary,
  type Security,
  takeOut,
} from './security.ts';
import { securityConstants, securityErrors } from './security-bindings.ts';

export interface PeerCodeOptions {
  readonly peers: Peers;
  /** Opened when the first one connects: a keeper nobody looks at does without two frameworks. */
  readonly security: () => Security;
  readonly stamp: BuildStamp;
  /** For tests of an app that is too old. */
  readonly oldestBuild?: number;
}

const { kSecCSDefaultFlags, kSecCSDynamicInformation, kSecCSRequirementInformation } = securityConstants;

const refused = (detail: string): PeerCodeResult => ({ ok: false, problem: 'refused', detail });

const requirementOf = async (security: Security, owned: Owned, text: string): Promise<Ref> => {
  const string = owned.take(cfString(security, text));
  const { status, ref } = await takeOut(security, owned, 'SecRequirementCreateWithString', string, kSecCSDefaultFlags);
  if (ref === null) throw new Error(`the code requirement is not one (${status}): ${text}`);
  return ref;
};

/** The running code that a token stands for: the kernel compares pid and version. */
const codeOf = async (
  security: Security,
  owned: Owned,
  { bytes }: PeerToken,
): Promise<{ readonly status: number; readonly ref: Ref | null }> => {
  const memory = nativeMemory(bytes.length);
  memory.bytes.set(bytes);
  const data = owned.take(security.call.CFDataCreate(0, memory.address, bytes.length));
  const attributes = owned.take(cfDictionary(security, security.symbol.kSecGuestAttributeAudit, data));
  return takeOut(security, owned, 'SecCodeCopyGuestWithAttributes', 0, attributes, kSecCSDefaultFlags);
};

const factsOf = (security: Security, owned: Owned, information: Ref): SigningFacts => {
  const { symbol } = security;
  const read = readDictionary(security, information);
  const entitlements = read.dictionary(symbol.kSecCodeInfoEntitlementsDict);
  const granted = (): readonly string[] => {
    const rights = entitlements === null ? null : readDictionary(security, entitlements);
    return openingEntitlements.filter((name) => rights?.isGranted(owned.take(cfString(security, name))) === true);
  };
  return {
    identifier: read.text(symbol.kSecCodeInfoIdentifier),
    status: read.number(symbol.kSecCodeInfoStatus),
    flags: read.number(symbol.kSecCodeInfoFlags),
    // Entitlements that are no dictionary are there as bytes only (SecCode.h, kSecCodeInfoEntitlementsDict).
    openedBy: entitlements === null && read.has(symbol.kSecCodeInfoEntitlements) ? null : granted(),
  };
};

const checkOnce = async (security: Security, requirements: Requirements, token: PeerToken): Promise<PeerCodeResult> => {
  const owned = createOwned(security);
  try {
    const { status: found, ref: code } = await codeOf(security, owned, token);
    if (code === null) return refused(securityErrorText(found));
    const ours = await requirementOf(security, owned, requirements.ours);
    const status = await security.later('SecCodeCheckValidity', code, kSecCSDefaultFlags, ours);
    if (status === securityErrors.errSecCSReqFailed) {
      const ofAnyAge = await requirementOf(security, owned, requirements.ofAnyAge);
      const isOurs = (await security.later('SecCodeCheckValidity', code, kSecCSDefaultFlags, ofAnyAge)) === 0;
      return isOurs
        ? { ok: false, problem: 'outdated', detail: 'this build of the app is too old to be spoken to' }
        : refused(securityErrorText(status));
    }
    if (status !== 0) return refused(securityErrorText(status));
    const wanted = kSecCSDynamicInformation | kSecCSRequirementInformation;
    const { status: told, ref: information } = await takeOut(
      security,
      owned,
      'SecCodeCopySigningInformation',
      code,
      wanted,
    );
    if (information === null) return refused(securityErrorText(told));
    const judged = judgeSigning(factsOf(security, owned, information));
    return judged.ok ? judged : refused(judged.detail);
  } finally {
    owned.release();
  }
};

/**
 * Checks under way at once. A check reads the program it is about, which may lie where reading never comes to an end (a network
 * volume): that keeps one thread for good. Each user has one check at a time, so nobody is held up by a program of another's.
 */
const mostAtOnce = 2;

/** Tells our programs from others by what Security.framework says of the running code. */
export const createPeerCode = ({ peers, security, stamp, oldestBuild }: PeerCodeOptions): PeerCode => {
  const requirements = requirementsFor(stamp, oldestBuild);
  const lanes = createLanes(mostAtOnce);
  return {
    tokenOf: peers.tokenOf,
    check: (token, isWanted) =>
      lanes({
        owner: userOf(token),
        isWanted,
        run: async () => checkOnce(security(), requirements, token),
        unwanted: () => refused('nobody waits'),
      }).catch((fault: unknown) => refused(`its signature cannot be checked: ${String(fault)}`)),
  };
};
