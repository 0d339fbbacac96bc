import type { Status } from '../../../helper/protocol/status.ts';
import { sentence } from '../../text/format.ts';

/** The gateway in sentences: where it listens, and what is wrong with it. */

/** It was there. */
export const isGatewayGone = ({ gateway }: Status): boolean => gateway.state === 'missing' && gateway.listen !== '';

/** What is wrong with the gateway, a sentence each; empty: nothing, or there never was one. */
export const gatewayProblems = (status: Status): readonly string[] => [
  ...(isGatewayGone(status) ? [`The gateway is gone: nobody answers at ${status.gateway.listen}.`] : []),
  ...status.gateway.problems.map((text) => sentence(text)),
];

/** Where requests for seats come in, one line. */
export const gatewayLine = ({ gateway }: Status): string => {
  if (gateway.listen === '' && gateway.state === 'present')
    return 'The gateway listens nowhere: seats are loaded by command and from here only.';
  if (gateway.listen === '') return 'No gateway has answered yet: seats are loaded by command and from here only.';
  return gateway.state === 'present'
    ? `The gateway listens at ${gateway.listen}.`
    : `The gateway at ${gateway.listen} is gone.`;
};
