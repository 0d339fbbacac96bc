import type { HealthConfig } from '../config/config.ts';
import type { Channel } from '../protocol/health.ts';

/** Whether an answer to what castellan.toml wanted asked before answers what it wants asked now. */

const said = ({ listUrls, chatUrl, model, files, tls }: HealthConfig, channel: Channel): unknown => {
  switch (channel) {
    case 'cheap':
      return [listUrls, tls];
    case 'inference':
      // Without a name the first of the first list is asked for.
      return [chatUrl, model ?? listUrls[0] ?? null, model === null, tls];
    case 'integrity':
      return files === null ? null : [files.program, files.beside, files.sha256];
  }
};

export const sameQuestion = (before: HealthConfig, now: HealthConfig, channel: Channel): boolean =>
  JSON.stringify(said(before, channel)) === JSON.stringify(said(now, channel));
