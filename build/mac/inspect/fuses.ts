/**
 * Electron's fuses (electron/docs/tutorial/fuses.md): a wire of bytes behind a sentinel in its library, read back here from
 * what was built. The order is that of electron's build/fuses/fuses.json5.
 */

const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

export const fuseNames = [
  'runAsNode',
  'cookieEncryption',
  'nodeOptions',
  'nodeCliInspect',
  'embeddedAsarIntegrityValidation',
  'onlyLoadAppFromAsar',
  'loadBrowserProcessSpecificV8Snapshot',
  'grantFileProtocolExtraPrivileges',
] as const;

export type FuseName = (typeof fuseNames)[number];
export type FuseState = 'on' | 'off' | 'removed';

/**
 * The first three switched off because each lets whoever starts the app run code with its signature, and the keeper believes
 * that signature. The archive is checked against the hash in Info.plist, and nothing else is loaded in its place.
 */
export const wantedFuses: Readonly<Partial<Record<FuseName, FuseState>>> = {
  runAsNode: 'off',
  nodeOptions: 'off',
  nodeCliInspect: 'off',
  embeddedAsarIntegrityValidation: 'on',
  onlyLoadAppFromAsar: 'on',
  grantFileProtocolExtraPrivileges: 'off',
};

const states: Readonly<Record<string, FuseState>> = { '0': 'off', '1': 'on', r: 'removed' };

export type FusesRead =
  | { readonly ok: true; readonly fuses: Readonly<Partial<Record<FuseName, FuseState>>> }
  | { readonly ok: false; readonly problem: string };

/** @param library the bytes of the Electron Framework, for one processor */
export function readFuses(library: Buffer): FusesRead {
  const at = library.indexOf(sentinel);
  if (at === -1) return { ok: false, problem: 'it holds no fuses' };
  if (library.indexOf(sentinel, at + 1) !== -1) return { ok: false, problem: 'it holds two wires of fuses' };
  const version = library[at + sentinel.length];
  const length = library[at + sentinel.length + 1];
  if (version !== 1 || length === undefined) return { ok: false, problem: `its fuses have version ${version}` };
  const wire = library.toString('latin1', at + sentinel.length + 2, at + sentinel.length + 2 + length);
  const fuses: Partial<Record<FuseName, FuseState>> = {};
  for (const [index, name] of fuseNames.entries()) {
    const state = states[wire[index] ?? ''];
    if (state !== undefined) fuses[name] = state;
  }
  return { ok: true, fuses };
}
