import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/**
 * X.509 certificates (RFC 5280) for tests, made when they are needed: Node reads and does not make them, and a machine need not
 * have openssl. Keys are of P-256.
 */

export interface Issued {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

export interface Authority extends Issued {
  readonly issue: (to: Subject) => Issued;
}

export interface Subject {
  readonly name: string;
  /** Names and IPv4 addresses it is for. */
  readonly hosts?: readonly string[];
  /** Years from now; the default is from a year ago until in a year. */
  readonly years?: readonly [from: number, until: number];
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
};

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value));
/** Of an object identifier whose parts after the second are below 128, or are given as they are written. */
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.from([0]), bytes);

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const commonName = oid(0x55, 0x04, 0x03);
const subjectAltName = oid(0x55, 0x1d, 0x11);
const basicConstraints = oid(0x55, 0x1d, 0x13);
const truth = der(0x01, Buffer.from([0xff]));

const nameOf = (name: string): Buffer => sequence(der(0x31, sequence(commonName, text(0x0c, name))));

/** GeneralizedTime, in seconds and in UTC. */
const timeOf = (years: number): Buffer => {
  const at = new Date(Date.now() + years * 365 * 24 * 3_600_000);
  return text(0x18, `${at.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`);
};

const hostOf = (host: string): Buffer =>
  /^[\d.]+$/.test(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : text(0x82, host);

const extensionsOf = (hosts: readonly string[], isAuthority: boolean): readonly Uint8Array[] => {
  const all = [
    ...(isAuthority ? [sequence(basicConstraints, truth, der(0x04, sequence(truth)))] : []),
    ...(hosts.length > 0 ? [sequence(subjectAltName, der(0x04, sequence(...hosts.map(hostOf))))] : []),
  ];
  return all.length === 0 ? [] : [der(0xa3, sequence(...all))];
};

const pem = (bytes: Uint8Array): string => {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};

interface Signer {
  readonly name: string;
  readonly key: KeyObject;
}

const issue = (
  { name, hosts = [], years = [-1, 1] }: Subject,
  by: Signer | null,
): Issued & { readonly own: Signer } => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { name, key: privateKey };
  const signer = by ?? own;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    nameOf(signer.name),
    sequence(timeOf(years[0]), timeOf(years[1])),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...extensionsOf(hosts, by === null),
  );
  const cert = pem(sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signer.key))));
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), own };
};

export const createAuthority = (subject: Subject): Authority => {
  const { own, cert, key } = issue(subject, null);
  return {
    cert,
    key,
    issue: (to) => {
      const issued = issue(to, own);
      return { cert: issued.cert, key: issued.key };
    },
  };
};
