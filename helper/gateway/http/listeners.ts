import { parseAddress } from '../../config/addresses.ts';
import type { GatewayView } from '../../protocol/seats.ts';
import { type Problems, type Taken, takenBySomebody } from '../problems.ts';
import { type Handle, type Listener, openListener, type Reach } from './listener.ts';

/** The addresses of the view, each listened at for as long as the view names it; one that is taken is tried again. */

export const listenAgainMs = 5_000;

interface Place {
  readonly reach: Reach;
  readonly wanted: string;
  listener: Listener | null;
  retry: NodeJS.Timeout | null;
  closed: boolean;
}

export interface Listeners {
  readonly onView: (view: GatewayView) => void;
  /** Of the API itself; null: it listens nowhere. */
  readonly address: () => string | null;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export interface ListenersOptions {
  readonly handle: Handle;
  readonly problems: Problems;
  readonly log: (text: string) => void;
  readonly againMs?: number;
}

export const createListeners = ({ handle, problems, log, againMs }: ListenersOptions): Listeners => {
  const places = new Map<string, Place>();
  const about = ({ wanted }: Place): string => `listen ${wanted}`;

  const tellAddress = (): void => {
    const local = [...places.values()].find(({ reach }) => reach === 'local');
    problems.listening(local?.listener?.address ?? '');
  };

  const trouble = (wanted: string, code: string): { readonly text: string; readonly taken: Taken | null } => {
    if (code !== 'EADDRINUSE') return { text: `${wanted} cannot be listened at: ${code}`, taken: null };
    const taken = takenBySomebody(wanted);
    return { text: `${wanted} is taken by ${taken.what}`, taken };
  };

  const open = async (place: Place, attempts: number): Promise<void> => {
    const address = parseAddress(place.wanted);
    if (address === null) {
      problems.set(about(place), `${place.wanted} is no address`);
      return;
    }
    const opened = await openListener(address, place.reach, handle);
    if (place.closed) {
      if (opened.ok) await opened.listener.close();
      return;
    }
    if (opened.ok) {
      place.listener = opened.listener;
      problems.set(about(place), null);
      log(`listening at ${opened.listener.address}`);
      tellAddress();
      return;
    }
    // When it is new, and now and then.
    if (attempts % 12 === 0) {
      const { text, taken } = trouble(place.wanted, opened.code);
      problems.set(about(place), text, taken);
      log(text);
    }
    place.retry = setTimeout(() => void open(place, attempts + 1), againMs ?? listenAgainMs);
  };

  const leave = async (key: string, place: Place): Promise<void> => {
    places.delete(key);
    place.closed = true;
    if (place.retry !== null) clearTimeout(place.retry);
    problems.set(about(place), null);
    await place.listener?.close();
  };

  return {
    onView: ({ api }) => {
      const wanted = new Map<string, { readonly reach: Reach; readonly wanted: string }>();
      wanted.set(`local ${api.listen}`, { reach: 'local', wanted: api.listen });
      for (const extra of api.extraListen) wanted.set(`extra ${extra}`, { reach: 'extra', wanted: extra });
      for (const [key, place] of [...places]) if (!wanted.has(key)) void leave(key, place).then(tellAddress);
      for (const [key, { reach, wanted: address }] of wanted) {
        if (places.has(key)) continue;
        const place: Place = { reach, wanted: address, listener: null, retry: null, closed: false };
        places.set(key, place);
        void open(place, 0);
      }
    },
    address: () => [...places.values()].find(({ reach }) => reach === 'local')?.listener?.address ?? null,
    connections: () =>
      [...places.values()].reduce((sum, { listener }) => sum + (listener?.connections.count() ?? 0), 0),
    close: async () => {
      await Promise.all([...places].map(([key, place]) => leave(key, place)));
    },
  };
};
