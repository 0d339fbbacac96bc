import type { TestContext } from 'node:test';
import type { AdapterRequest } from '../../helper/adapters/wire.ts';
import { createAdapters } from '../../helper/keeper/acting/adapters.ts';

/** Adapters as the keeper runs them, and what it asks of them. */

export const isRoot = process.getuid?.() === 0;
/** Of nobody on Debian; a keeper that is not root has only its own. */
const account = isRoot ? { uid: 65_534, gid: 65_534 } : null;

export const adaptersFor = (t: TestContext) => {
  const adapters = createAdapters({ account: () => Promise.resolve({ ok: true, account }) });
  t.after(adapters.close);
  return adapters;
};

const target = (url: string) => ({ url, tokenFile: null, cli: null, limitMs: 6_000 }) as const;
export const list = (url: string, change: Partial<AdapterRequest> = {}): AdapterRequest =>
  ({ op: 'list', ...target(url), ...change }) as AdapterRequest;
export const unload = (url: string, instance: string, change: object = {}): AdapterRequest => ({
  op: 'unload',
  ...target(url),
  model: instance,
  instance,
  evenBusy: false,
  ...change,
});
