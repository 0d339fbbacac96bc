import * as z from 'zod/mini';
import { alertLevels, mostPushTargets, type PushTarget, pushKinds } from '../protocol/push.ts';
import { choice } from './fields.ts';
import { absolutePath } from './fields-machine.ts';
import { remoteUrl } from './fields-remote.ts';
import { name } from './words.ts';

/** The table [[alerts.push]] of castellan.toml. */

const target = z.strictObject({
  name: name('phone', 'What it is called everywhere.'),
  kind: choice(pushKinds, 'kind', 'JSON that is signed, or text as ntfy takes it.'),
  url: remoteUrl(
    'url',
    'https://ntfy.example/castellan',
    'Where it is sent to, by POST; of ntfy the address of a topic.',
  ),
  level: z.optional(choice(alertLevels, 'level', 'The mildest alert that is sent. Default "warning".')),
  secret_file: z.optional(
    absolutePath(
      'secret_file',
      '/etc/sanctum/push.secret',
      'File with the key that signs a webhook, or with the token of ntfy; mode 0640, the group of the gateway.',
    ),
  ),
  ca: z.optional(
    absolutePath('ca', '/etc/sanctum/ca.pem', 'Certificate of who signed the server’s, PEM, where that is your own.'),
  ),
});

export const push = z
  .array(target)
  .check(z.maxLength(mostPushTargets))
  .register(z.globalRegistry, { description: 'Where alerts are sent over the network, one [[alerts.push]] each.' });

export const toPush = (written: z.output<typeof push> | undefined): readonly PushTarget[] =>
  (written ?? []).map((one) => ({
    name: one.name,
    kind: one.kind,
    url: one.url,
    level: one.level ?? 'warning',
    secretFile: one.secret_file ?? null,
    ca: one.ca ?? null,
  }));
