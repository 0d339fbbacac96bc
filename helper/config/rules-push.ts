import { isInTheClear } from './fields-remote.ts';
import { repeated } from './rule-tools.ts';
import type { Rule } from './rules.ts';

/** What [[alerts.push]] asks for that would harm. */

export const pushRules: readonly Rule[] = [
  {
    name: 'each target of alerts has a name of its own',
    severity: 'error',
    find: ({ alerts }, context) =>
      repeated(
        alerts.push.map(({ name }) => name),
        (i) => ['alerts', 'push', i, 'name'],
        context,
        (name, other) => ({
          message: `There are two targets called ${name}${other}.`,
          fix: 'Give each a name of its own: its queue is kept under it.',
        }),
      ),
  },
  {
    name: 'a token is sent over TLS only',
    severity: 'error',
    find: ({ alerts }) =>
      alerts.push.flatMap(({ name, kind, url, secretFile }, i) =>
        kind !== 'ntfy' || secretFile === null || !isInTheClear(url)
          ? []
          : [
              {
                paths: [['alerts', 'push', i, 'url']] as const,
                message: `The token of ${name} would go over the network for everybody to read.`,
                fix: 'Write https://, or leave secret_file out.',
              },
            ],
      ),
  },
  {
    name: 'an address of ntfy is that of a topic',
    severity: 'error',
    find: ({ alerts }) =>
      alerts.push.flatMap(({ kind, url }, i) =>
        kind !== 'ntfy' || new URL(url).pathname !== '/'
          ? []
          : [
              {
                paths: [['alerts', 'push', i, 'url']] as const,
                message: 'This is the address of the server, and a topic is needed.',
                fix: 'Write the address of a topic, like "https://ntfy.example/castellan".',
              },
            ],
      ),
  },
];
