import { type ErrorCode, type Failure, failureText } from '../../protocol/errors.ts';
import type { Status } from '../../protocol/status.ts';
import type { ProcessList, Topic } from '../../protocol/verbs.ts';
import { type Client, connect } from '../client.ts';
import { exit, exitCodes, failed, type Io, type Outcome } from '../command.ts';
import type { Place } from '../place.ts';

/** Follows the keeper: reconnects by itself, ends after a time or by Ctrl-C. How it looks is the screen's business. */

export interface Screen {
  /** `list` is null when no processes are followed, or none have come yet. */
  show(status: Status, list: ProcessList | null): void;
  /** Something outside the picture: the keeper is gone, is back, is silent. */
  say(text: string): void;
  /** Leaves the terminal as it should be. */
  done(): void;
}

export interface WatchOptions {
  readonly place: Place;
  readonly io: Io;
  readonly screen: Screen;
  /** To end by itself this long after the first reading; null: never. */
  readonly seconds: number | null;
  readonly topics: readonly Topic[];
}

const retryMs = 1_000;
/** Three samples missed: time to say so. */
const silentMs = 6_000;

/** Trying again does not help: someone has to do something first. */
const final: ReadonlySet<string> = new Set<ErrorCode>([
  'untrusted_server',
  'client_untrusted',
  'client_too_old',
  'client_too_new',
  'not_allowed',
]);
const isFinal = ({ code }: Failure): boolean => final.has(code);

export const watch = ({ place, io, screen, seconds, topics }: WatchOptions): Promise<Outcome> =>
  new Promise((resolve) => {
    let status: Status | null = null;
    let list: ProcessList | null = null;
    let over = false;
    let saidCode: string | null = null;
    let client: Client | null = null;
    let retry: NodeJS.Timeout | undefined;
    let end: NodeJS.Timeout | undefined;

    const finish = (outcome: Outcome): void => {
      if (over) return;
      over = true;
      for (const timer of [retry, end, silence]) clearTimeout(timer);
      removeInterrupt();
      client?.close();
      screen.done();
      resolve(outcome);
    };
    const removeInterrupt = io.onInterrupt(() => finish(exit(exitCodes.ok)));

    const silence = setTimeout(() => {
      if (client !== null) screen.say(`The keeper has said nothing for ${silentMs / 1000} s.`);
    }, silentMs);

    const lost = (why: Failure): void => {
      client = null;
      if (over) return;
      if (isFinal(why)) {
        finish(failed(why));
        return;
      }
      // Said once, however often the keeper is tried again.
      if (saidCode !== why.code) screen.say(`${failureText(why)} Trying again every second.`);
      saidCode = why.code;
      retry = setTimeout(follow, retryMs);
    };

    const heard = (): void => {
      silence.refresh();
      if (over || status === null) return;
      if (seconds !== null) end ??= setTimeout(() => finish(exit(exitCodes.ok)), seconds * 1000);
      screen.show(status, list);
    };

    const follow = async (): Promise<void> => {
      const connected = await connect(place.runDirectory, {
        owner: place.owner,
        onEvent: (topic, data) => {
          if (topic === 'status') status = data;
          else if (topic === 'processes') list = data;
          heard();
        },
      });
      if (!connected.ok) {
        lost(connected.failure);
        return;
      }
      client = connected.client;
      if (over) client.close();
      if (saidCode !== null) screen.say('The keeper answers.');
      saidCode = null;
      silence.refresh();
      const subscribed = await connected.client.request('subscribe', { topics: [...topics] });
      if (!subscribed.ok) connected.client.close();
      lost(subscribed.ok ? await connected.client.closed : subscribed.failure);
    };

    void follow();
  });
