import type { Host } from '../../host/port.ts';
import type { AuditFacts } from '../../journal/audit.ts';
import type { Effect } from '../judgement/effect.ts';
import type { ActOutcome } from './freezer.ts';

/** Carries out what is set in the kernel, and asks seats whether they serve. */

type SettingEffect = Extract<Effect, { kind: 'band' | 'gpu_limit' | 'probe' }>;

export interface SettingOptions {
  readonly host: Pick<Host, 'setBand' | 'setGpuLimit' | 'probe'>;
  readonly audit: (facts: AuditFacts) => boolean;
}

type Outcome = ActOutcome | { readonly outcome: 'withdrawn'; readonly detail: string };

export const createSettings = ({ host, audit }: SettingOptions) => {
  const set = (what: 'band' | 'gpu_limit', target: string, to: string, done: Outcome): Outcome => {
    audit({ kind: 'setting', what, target, to, outcome: done.outcome, detail: done.detail });
    return done;
  };

  return async (effect: SettingEffect): Promise<Outcome> => {
    switch (effect.kind) {
      case 'probe': {
        const { ok, detail } = await host.probe(effect.spec);
        return { outcome: ok ? 'ok' : 'failed', detail };
      }
      case 'band': {
        const { target, name, band } = effect;
        const result = host.setBand(target, band);
        const isGone = !result.ok && (result.problem === 'vanished' || result.problem === 'reused');
        // The read-back is what counts: what was asked for is not what is.
        const done: Outcome = result.ok
          ? result.band === band
            ? { outcome: 'ok', detail: '' }
            : { outcome: 'failed', detail: `it reads back as ${result.band ?? result.raw}` }
          : { outcome: isGone ? 'withdrawn' : 'failed', detail: result.detail };
        return set('band', `${name} (pid ${target.pid})`, band, done);
      }
      case 'gpu_limit': {
        const result = host.setGpuLimit(effect.bytes);
        const done: Outcome = result.ok
          ? { outcome: 'ok', detail: '' }
          : { outcome: 'failed', detail: `${result.problem}: ${result.detail}` };
        return set('gpu_limit', 'gpu', String(effect.bytes), done);
      }
    }
  };
};
