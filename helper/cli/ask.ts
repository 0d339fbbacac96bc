import type { Answer, SessionEvent } from '../protocol/session.ts';
import type { Verb, VerbArgs, VerbResult } from '../protocol/verbs.ts';
import { type Client, connect } from './client.ts';
import type { Place } from './place.ts';

/** Connects, does something, and closes whatever happens. */
export const withClient = async <T>(
  place: Place,
  act: (client: Client) => Promise<Answer<T>>,
  onEvent: (...event: SessionEvent) => void = () => {},
): Promise<Answer<T>> => {
  const connected = await connect(place.runDirectory, { owner: place.owner, onEvent });
  if (!connected.ok) return { ok: false, failure: connected.failure };
  try {
    return await act(connected.client);
  } finally {
    connected.client.close();
  }
};

/** One verb on a connection of its own. */
export const ask = <V extends Verb>(place: Place, verb: V, args: VerbArgs<V>): Promise<Answer<VerbResult<V>>> =>
  withClient(place, (client) => client.request(verb, args));
