import type { ActTarget, ActVerbName } from './relief.ts';

/** What acts and their targets are called wherever a person reads of them. */

const verbWords: Readonly<Record<ActVerbName, string>> = {
  freeze: 'Freeze',
  resume: 'Resume',
  shed: 'Shed',
  restore: 'Restore',
  bootout: 'Stop',
  recover: 'Recover',
  fallback: 'Start',
  fallback_end: 'Stop',
  terminate: 'End',
  kill: 'Kill',
  unload: 'Unload',
  purge: 'Flush disk caches',
};

/** "node (pid 45013)", "node (pid 45013) and 3 more", "com.sanctum.memory-vault", "the seat Codestral". */
export const targetWords = (target: ActTarget): string => {
  switch (target.kind) {
    case 'process': {
      const named = target.pid === null ? target.name : `${target.name} (pid ${target.pid})`;
      return target.count > 1 ? `${named} and ${target.count - 1} more` : named;
    }
    case 'seat':
      return `the seat ${target.name}`;
    case 'service':
      return target.name;
    case 'machine':
      return '';
  }
};

/** "Freeze node (pid 45013)", "Shed com.sanctum.memory-vault", "Flush disk caches". */
export const actWords = (verb: ActVerbName, target: ActTarget): string =>
  `${verbWords[verb]} ${targetWords(target)}`.trimEnd();

/** As it is put to the operator: "Freeze node (pid 45013)?". */
export const titleWords = (verb: ActVerbName, target: ActTarget): string => `${actWords(verb, target)}?`;
