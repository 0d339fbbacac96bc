/** A launchd domain: the system's, or that of the user who is logged in at the screen under that uid. */
export type Domain = { readonly kind: 'system' } | { readonly kind: 'gui'; readonly uid: number };

const system: Domain = { kind: 'system' };

/** `system` or `gui/501`; anything else is no domain. */
const readDomain = (text: string): Domain | null => {
  if (text === 'system') return system;
  const uid = /^gui\/(\d{1,10})$/.exec(text)?.[1];
  return uid === undefined ? null : { kind: 'gui', uid: Number(uid) };
};

export const domainText = (domain: Domain): string => (domain.kind === 'system' ? 'system' : `gui/${domain.uid}`);

/** Which service lives where. */
export interface Domains {
  /** By label, or by the beginning of labels with an asterisk behind it. */
  locate(domains: ReadonlyMap<string, string>): void;
  of(label: string): Domain;
  /** uids of all users in whose domain a service lives. */
  uids(): readonly number[];
}

export const createDomains = (): Domains => {
  let known: ReadonlyMap<string, Domain> = new Map();
  /** Of labels that begin so. */
  let begun: ReadonlyMap<string, Domain> = new Map();
  return {
    locate: (domains) => {
      const read = new Map<string, Domain>();
      for (const [label, text] of domains) {
        const domain = readDomain(text);
        if (domain !== null) read.set(label, domain);
      }
      known = read;
      const stars = [...read].filter(([label]) => label.endsWith('*'));
      begun = new Map(stars.map(([label, domain]) => [label.slice(0, -1).toLowerCase(), domain]));
    },
    of: (label) =>
      known.get(label) ?? [...begun].find(([start]) => label.toLowerCase().startsWith(start))?.[1] ?? system,
    uids: () => {
      const uids = new Set<number>();
      for (const domain of known.values()) if (domain.kind === 'gui') uids.add(domain.uid);
      return [...uids];
    },
  };
};
