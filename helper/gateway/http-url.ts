/** Addresses that the gateway asks: of this machine alone where it is a seat's, anywhere where castellan.toml names it. */

export interface HttpUrl {
  readonly secure: boolean;
  /** An IP address, or the name that is looked up. */
  readonly host: string;
  readonly port: number;
  /** With the query. */
  readonly path: string;
  /** As the URL has it, for the Host header. */
  readonly hostHeader: string;
  /** What a certificate must name. */
  readonly name: string;
  /** For people: without what may hold a secret, the query, and of another machine the path. */
  readonly shown: string;
}

const parsed = (text: string): URL | null => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
};

const made = (url: URL, host: string, name: string): HttpUrl => {
  const secure = url.protocol === 'https:';
  return {
    secure,
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    path: `${url.pathname}${url.search}`,
    hostHeader: url.host,
    name,
    shown: `${url.origin}${url.pathname}`,
  };
};

const localHost = (hostname: string): string | null => {
  if (hostname === 'localhost') return '127.0.0.1';
  if (hostname === '[::1]') return '::1';
  return /^127(\.\d{1,3}){3}$/.test(hostname) ? hostname : null;
};

/** Null: it is no URL of HTTP on this machine. No name server is asked where one is. */
export const localUrlOf = (text: string): HttpUrl | null => {
  const url = parsed(text);
  const host = url === null ? null : localHost(url.hostname);
  return url === null || host === null ? null : made(url, host, url.hostname === 'localhost' ? 'localhost' : host);
};

/** Null: it is no URL of HTTP, or holds a name or a password. */
export const remoteUrlOf = (text: string): HttpUrl | null => {
  const url = parsed(text);
  if (url === null || url.username !== '' || url.password !== '') return null;
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  return { ...made(url, localHost(url.hostname) ?? host, host), shown: `${url.origin}/…` };
};
