import type { Signature } from '../protocol/health.ts';

/**
 * How the program of a seat's next start is signed. Ad hoc is what a build on the machine itself gets while the keychain with
 * the Developer ID is locked: it starts, and nobody answers for it.
 */
export const signatureWords: Readonly<Record<Signature, string>> = {
  developer_id: 'Signed with a Developer ID.',
  ad_hoc: 'Signed ad hoc: sign it again with the Developer ID when the keychain is unlocked.',
  other: 'Signed, with a certificate that is no Developer ID.',
  unsigned: 'It is a script, which has no code signature.',
};
