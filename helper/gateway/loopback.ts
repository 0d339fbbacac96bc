/** Addresses of this machine alone: nothing is ever asked of another one, and no name server is asked where one is. */

export interface LocalUrl {
  readonly secure: boolean;
  /** An IP address. */
  readonly host: string;
  readonly port: number;
  /** With the query. */
  readonly path: string;
  /** As the URL has it, for the Host header. */
  readonly hostHeader: string;
  /** What a certificate must name: `localhost`, or the address. */
  readonly name: string;
  /** For people: without the query, which may hold a secret. */
  readonly shown: string;
}

const hostOf = (hostname: string): string | null => {
  if (hostname === 'localhost') return '127.0.0.1';
  if (hostname === '[::1]') return '::1';
  return /^127(\.\d{1,3}){3}$/.test(hostname) ? hostname : null;
};

/** Null: it is no URL of HTTP on this machine. */
export const localUrlOf = (text: string): LocalUrl | null => {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const host = hostOf(url.hostname);
  if (host === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  const secure = url.protocol === 'https:';
  return {
    secure,
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    hostHeader: url.host,
    name: url.hostname === 'localhost' ? 'localhost' : host,
    shown: `${url.origin}${url.pathname}`,
  };
};
