/** What is attacked: an API with one on-call seat that is not loaded and one protected seat that serves. */
export interface Target {
  readonly port: number;
  /** On-call, fits, and is never to be started by any of this. */
  readonly cold: string;
  /** Protected, and serves. */
  readonly warm: string;
}

export const hostOf = ({ port }: Target): string => `127.0.0.1:${port}`;

/** A request as it should be written. `lines` are further header lines. */
export const requestOf = (
  target: Target,
  method: string,
  path: string,
  lines: readonly string[] = [],
  body = '',
): string => {
  const length = body === '' && method !== 'POST' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [`${method} ${path} HTTP/1.1`, `Host: ${hostOf(target)}`, ...lines, ...length];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
};
