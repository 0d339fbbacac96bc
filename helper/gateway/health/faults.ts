import type { Fault } from './detail.ts';

/** What Node says of a connection that came to nothing, as a code and as words. Never its own message: that may quote anything. */

const tlsWords: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'shows a certificate that has expired, or whose signer’s has',
  CERT_NOT_YET_VALID: 'shows a certificate that is not valid yet',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'shows a certificate that the one in `ca` did not sign',
  UNABLE_TO_GET_ISSUER_CERT: 'shows a certificate that the one in `ca` did not sign',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'shows a certificate that the one in `ca` did not sign',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'shows a certificate that the one in `ca` did not sign',
  SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate that the one in `ca` did not sign',
  CERT_SIGNATURE_FAILURE: 'shows a certificate that the one in `ca` did not sign',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'does not speak TLS',
  ERR_SSL_UNEXPECTED_MESSAGE: 'does not speak TLS',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'wants a certificate and was shown none',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'does not know who signed the certificate in `cert`',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'says that the certificate in `cert` has expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'says that the certificate in `cert` was revoked',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'does not accept the certificate in `cert`',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'does not accept the certificate in `cert`',
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: 'does not accept the certificate in `cert`',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'speaks no TLS that is spoken here (1.2 and 1.3)',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'speaks no TLS that is spoken here (1.2 and 1.3)',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'finds nothing of TLS in common with us',
};

/** Error codes are words of Node, OpenSSL or the parser of HTTP. */
const form = /^[A-Z][A-Z0-9_]{1,63}$/;
const codeOf = ({ code }: NodeJS.ErrnoException): string => (code !== undefined && form.test(code) ? code : '');

const isTls = (code: string): boolean =>
  code in tlsWords || /^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|UNABLE_TO_|EPROTO$)/.test(code);

const cannotBeReached: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
]);

export interface Connection {
  readonly secure: boolean;
  /** For TLS: its certificate was accepted by us. */
  readonly isOpen: boolean;
  /** What a certificate has to name. */
  readonly name: string;
  /** The certificate that we show has. */
  readonly isExpired: boolean;
}

const withExpiry = (fault: Fault, isExpired: boolean): Fault =>
  isExpired && fault.code === 'tls' ? { ...fault, detail: `${fault.detail}; the one in \`cert\` has expired` } : fault;

export const faultOf = (error: NodeJS.ErrnoException, connection: Connection): Fault =>
  withExpiry(plainFault(error, connection), connection.isExpired);

const plainFault = (error: NodeJS.ErrnoException, { secure, isOpen, name }: Connection): Fault => {
  const code = codeOf(error);
  if (code === 'ETIMEDOUT') return { code: 'timeout', detail: 'does not answer' };
  if (cannotBeReached.has(code)) return { code: 'refused', detail: `accepts no connection (${code})` };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return { code: 'tls', detail: `shows a certificate that does not name ${name}` };
  if (isTls(code)) return { code: 'tls', detail: tlsWords[code] ?? `cannot be spoken to securely (${code})` };
  if (code === 'HPE_HEADER_OVERFLOW') return { code: 'bad_answer', detail: 'sends headers without end' };
  if (code.startsWith('HPE_')) return { code: 'bad_answer', detail: `does not answer in HTTP (${code})` };
  // In TLS 1.3 the server judges our certificate when the handshake is over for us, and some just hang up.
  if (secure)
    return isOpen
      ? {
          code: 'tls',
          detail: 'hangs up without an answer, as one does that does not accept the certificate in `cert`',
        }
      : { code: 'tls', detail: 'hangs up before the connection is secure' };
  return { code: 'bad_answer', detail: `hangs up without an answer${code === '' ? '' : ` (${code})`}` };
};
