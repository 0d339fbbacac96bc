import { isInTheClear, leadsHere } from './fields-remote.ts';
import type { Rule } from './rules.ts';

/** Whom to ask when this machine is in trouble. */
export const advisorRules: readonly Rule[] = [
  {
    name: 'an advisor is on another machine',
    severity: 'warning',
    find: ({ advisor }) =>
      advisor === null || !leadsHere(advisor.url)
        ? []
        : [
            {
              paths: [['advisor', 'url'], ['advisor']] as const,
              message: 'This advisor is on this machine: when it is needed, this machine is short of memory.',
              fix: 'Name one on another machine, or none: the runbook needs nobody.',
            },
          ],
  },
  {
    name: 'the key of an advisor is not sent in the clear',
    severity: 'warning',
    find: ({ advisor }) =>
      advisor === null || advisor.keyFile === null || !isInTheClear(advisor.url)
        ? []
        : [
            {
              paths: [['advisor', 'key_file'], ['advisor']] as const,
              message: 'The key is sent without TLS: who listens in that network has it.',
              fix: 'Write https:// in url.',
            },
          ],
  },
];
