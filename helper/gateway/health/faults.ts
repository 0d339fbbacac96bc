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
  ERR_SSL_ALERT_CERTIFICATE_REQUIRED: 'wants a certificate and was shown none',
  ERR_SSL_ALERT_UNKNOWN_CA: 'does not know who signed `cert`',
  ERR_SSL_ALERT_CERTIFICATE_EXPIRED: 'says that `cert` has expired',
  ERR_SSL_ALERT_CERTIFICATE_REVOKED: 'says that `cert` was revoked',
  ERR_SSL_ALERT_BAD_CERTIFICATE: 'does not accept `cert`',
  ERR_SSL_ALERT_CERTIFICATE_UNKNOWN: 'does not accept `cert`',
  ERR_SSL_ALERT_ACCESS_DENIED: 'does not accept `cert`',
  ERR_SSL_ALERT_PROTOCOL_VERSION: 'speaks no TLS that is spoken here (1.2 and 1.3)',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'speaks no TLS that is spoken here (1.2 and 1.3)',
  ERR_SSL_ALERT_HANDSHAKE_FAILURE: 'finds nothing of TLS in common with us',
};

/** Error codes are words of Node, OpenSSL or the parser of HTTP. */
const form = /^[A-Z][A-Z0-9_]{1,63}$/;
/** What OpenSSL says in a message of Node's: `error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:`. */
const reason = /error:[0-9A-F]{8}:SSL routines:[^:]*:([A-Za-z0-9 /]{1,64})(?::|$)/m;

const codeOf = ({ code = '', message }: NodeJS.ErrnoException): string => {
  const said = code === 'EPROTO' ? reason.exec(message)?.[1] : undefined;
  const named = (said === undefined ? code : `ERR_SSL_${said.toUpperCase()}`)
    .replace(/[ /]/g, '_')
    // OpenSSL has called the same alerts by the name of each version.
    .replace(/_(?:SSLV3|SSL_TLS|TLSV1|TLSV13)_ALERT_/, '_ALERT_');
  return form.test(named) ? named : '';
};

const isTls = (code: string): boolean =>
  code in tlsWords || /^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|UNABLE_TO_|EPROTO$)/.test(code);

/** getaddrinfo(3): there is no such name, or no name server that knows now. */
const cannotBeFound: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NONAME']);

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
  /** No certificate of ours is shown, and none is named as the signer's. */
  readonly showsNone?: boolean;
}

/** What is said of `cert` and `ca` where there are none. */
const withoutOurs = (fault: Fault, { showsNone = false }: Connection): Fault =>
  showsNone && fault.code === 'tls'
    ? {
        code: 'tls',
        detail: fault.detail
          .replace('that the one in `ca` did not sign', 'that nobody who is trusted here has signed')
          .replace(/, as one (?:does|may) that does not accept `cert`$/, ''),
      }
    : fault;

const expired = '`cert` has expired';

const withExpiry = (fault: Fault, isExpired: boolean): Fault =>
  isExpired && fault.code === 'tls' && !fault.detail.includes(expired)
    ? { ...fault, detail: `${fault.detail}; ${expired}` }
    : fault;

export const faultOf = (error: NodeJS.ErrnoException, connection: Connection): Fault =>
  withoutOurs(withExpiry(plainFault(error, connection), connection.isExpired), connection);

const plainFault = (error: NodeJS.ErrnoException, { secure, isOpen, name }: Connection): Fault => {
  const code = codeOf(error);
  if (code === 'ETIMEDOUT') return { code: 'timeout', detail: 'does not answer' };
  if (cannotBeFound.has(code)) return { code: 'refused', detail: `cannot be found (${code})` };
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
          detail: 'hangs up without an answer, as one does that does not accept `cert`',
        }
      : { code: 'tls', detail: 'hangs up before the connection is secure, as one may that does not accept `cert`' };
  return { code: 'bad_answer', detail: `hangs up without an answer${code === '' ? '' : ` (${code})`}` };
};
