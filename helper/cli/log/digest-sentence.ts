import type { DigestRow } from '../../journal/audit.ts';
import type { Channel, Signature } from '../../protocol/health.ts';
import { duration } from '../figures.ts';

/** A row of a seat's health as it stood at an hour, as one sentence for people. */

/** As people call them. */
export const channelNames = {
  cheap: 'list',
  inference: 'chat',
  integrity: 'files',
} as const satisfies Readonly<Record<Channel, string>>;

const stateWords = {
  pass: 'ok',
  fail: 'fails',
  unknown: 'not known',
  off: 'not asked',
} as const satisfies Readonly<Record<DigestRow['channels'][number]['state'], string>>;

const signers = {
  developer_id: 'signed with a Developer ID',
  ad_hoc: 'signed ad hoc',
  other: 'signed with another certificate',
  unsigned: 'a script, not signed',
} as const satisfies Readonly<Record<Signature, string>>;

const channelText = ({ channel, state, strikes, okAgoSeconds }: DigestRow['channels'][number]): string => {
  const head = `${channelNames[channel]} ${stateWords[state]}`;
  if (state === 'off') return head;
  const ok = okAgoSeconds === null ? 'never passed' : `passed ${duration(okAgoSeconds)} ago`;
  return `${head} (${ok}${strikes === 0 ? '' : `, ${strikes} in a row failed`})`;
};

const filesText = (files: NonNullable<DigestRow['files']>): string => {
  const { program, sha256, signed, version, isChanged } = files;
  const known = [
    ...(version === null ? ['not looked at'] : [`file ${version}`]),
    ...(isChanged === null
      ? []
      : [isChanged ? 'another than in the digest before' : 'the same as in the digest before']),
    ...(signed === null ? [] : [signers[signed]]),
    ...(sha256 === null ? [] : [`pinned ${sha256.slice(0, 12)}`]),
  ];
  return ` ${program}: ${known.join(', ')}.`;
};

export const digestSentence = ({ seat, verdict, channels, files }: DigestRow): string => {
  const stands = verdict === null ? 'is not known to be well or ill' : `is ${verdict.replaceAll('_', ' ')}`;
  return `${seat} ${stands}: ${channels.map(channelText).join(', ')}.${files === null ? '' : filesText(files)}`;
};
