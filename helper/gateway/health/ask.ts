import { channelRules } from '../../probes/channels.ts';
import type { Finding, NetworkChannel } from '../../protocol/health.ts';
import type { GatewaySeat } from '../../protocol/seats.ts';
import { askChat } from './chat.ts';
import { failedFinding, goodFinding, shownName } from './detail.ts';
import { askList } from './list.ts';
import type { TlsFiles } from './tls-files.ts';

/** A question put to a seat, from its addresses to the finding. */

export type SeatQuestions = NonNullable<GatewaySeat['health']>;

/** How long an answer may take, milliseconds. */
export type HealthTimes = Readonly<Record<NetworkChannel, number>>;
export const healthTimes: HealthTimes = {
  cheap: channelRules.cheap.withinMs,
  inference: channelRules.inference.withinMs,
};

export type AskSeat = (health: SeatQuestions, channel: NetworkChannel, signal: AbortSignal) => Promise<Finding>;

export const createAskSeat = (files: TlsFiles, times: HealthTimes = healthTimes): AskSeat => {
  const lists = async ({ listUrls, tls }: SeatQuestions, signal: AbortSignal): Promise<Finding> => {
    const secured = () => files.secured(tls);
    const asked = { signal, withinMs: times.cheap, secured };
    const all = await Promise.all(listUrls.map((url) => askList({ ...asked, url })));
    const failed = all.find((each) => !each.ok);
    if (failed !== undefined && !failed.ok) return failedFinding(failed, failed.ms);
    const [first] = all;
    const ms = Math.max(0, ...all.map((each) => each.ms ?? 0));
    return goodFinding(first?.ok === true ? `lists ${shownName(first.first)}` : '', ms);
  };

  const chat = async (health: SeatQuestions, signal: AbortSignal): Promise<Finding> => {
    const { chatUrl, tls, listUrls } = health;
    if (chatUrl === null) return failedFinding({ code: 'refused', detail: 'no address to chat at is known' }, null);
    const asked = { signal, withinMs: times.inference, secured: () => files.secured(tls) };
    let { model } = health;
    const [listUrl] = listUrls;
    if (model === null && listUrl !== undefined) {
      const listed = await askList({ ...asked, url: listUrl });
      if (!listed.ok) return failedFinding(listed, listed.ms);
      model = listed.first;
    }
    const said = await askChat({ ...asked, url: chatUrl }, model);
    return said.ok ? goodFinding(`${shownName(said.model)} answers`, said.ms) : failedFinding(said, said.ms);
  };

  return async (health, channel, signal) => {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, times[channel]);
    signal.addEventListener('abort', end, { once: true });
    try {
      return await (channel === 'cheap' ? lists(health, ending.signal) : chat(health, ending.signal));
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  };
};
