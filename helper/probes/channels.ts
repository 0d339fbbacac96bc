import { type Channel, channelCodes } from '../protocol/health.ts';

export type { Channel, Finding } from '../protocol/health.ts';

/**
 * Three independent ways to ask whether a seat serves. None vouches for another: a server whose model is gone goes on
 * listing it, and one whose file was deleted goes on answering until its next start.
 */
export const channels = channelCodes;

export interface ChannelRule {
  readonly everyMs: number;
  /** Without an answer after so long it has failed. */
  readonly withinMs: number;
  /** So many failures in a row, and it is believed. */
  readonly strikes: number;
}

export const channelRules: Readonly<Record<Channel, ChannelRule>> = {
  cheap: { everyMs: 60_000, withinMs: 5_000, strikes: 3 },
  inference: { everyMs: 600_000, withinMs: 60_000, strikes: 2 },
  integrity: { everyMs: 300_000, withinMs: 30_000, strikes: 1 },
};
