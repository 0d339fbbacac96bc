import type { Adapter, AdapterContext } from './adapter.ts';
import type { AdapterReply, LoadedModel } from './wire.ts';

/** Unloading as every adapter does it: look, ask, and look again until it is gone or the time is up. */

const againMs = 250;
/** What the last look and the reply need. */
const reserveMs = 400;

const seen = (what: Extract<AdapterReply, { op: 'unload' }>['seen'], note = ''): AdapterReply => ({
  ok: true,
  op: 'unload',
  seen: what,
  note,
});

const isOf =
  ({ instance }: { readonly instance: string }) =>
  (model: LoadedModel): boolean =>
    model.instance === instance;

/** What remains under another name is another load of the same model, as LM Studio makes them on demand ("model:2"). */
const others = (models: readonly LoadedModel[], { id }: { readonly id: string }): string => {
  const left = models.filter((model) => model.id === id).length;
  return left === 0 ? '' : `${left} more of the same model ${left === 1 ? 'is' : 'are'} loaded`;
};

export const unloadModel = async (
  adapter: Adapter,
  context: AdapterContext,
  wanted: { readonly id: string; readonly instance: string; readonly evenBusy: boolean },
): Promise<AdapterReply> => {
  const before = await adapter.list(context);
  if (!before.ok) return before;
  const model = before.models.find(isOf(wanted));
  if (model === undefined) return seen('absent');
  if (model.busy === true && !wanted.evenBusy) return seen('busy');
  const asked = await adapter.unload(context, model);
  // A request that nobody answered may have been heard all the same: the list tells.
  if (!asked.ok && asked.code !== 'too_late') return asked;
  let last: 'listed' | 'unknown' = 'unknown';
  while (context.leftMs() > reserveMs) {
    const now = await adapter.list(context);
    if (now.ok && !now.models.some(isOf(wanted))) return seen('gone', others(now.models, wanted));
    if (now.ok) last = 'listed';
    await context.sleep(Math.min(againMs, Math.max(0, context.leftMs() - reserveMs)));
  }
  return seen(last);
};
