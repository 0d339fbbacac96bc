/** "127.0.0.1:1340", "[::1]:1340": an address as the view spells it. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** Null: no host, or no port from 0 to 65535. */
export const parseAddress = (text: string): TcpAddress | null => {
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  if (host === undefined || port > 65_535) return null;
  return { host, port };
};
