import { shortened } from '../protocol/shortened.ts';
import type { Ask } from './keeper-link.ts';

/** An address that somebody has, and how he is called in the sentence. The gateway has no rights to look for him; the keeper has. */
export interface Taken {
  readonly address: string;
  readonly what: string;
}

export const takenBySomebody = (address: string): Taken => ({ address, what: 'another process' });

/** What the gateway cannot do, and where it listens: told to the keeper when it changes, which shows it beside everything else. */
export interface Problems {
  /** `about`: what it concerns, once; null: it is gone. */
  readonly set: (about: string, text: string | null, taken?: Taken | null) => void;
  readonly listening: (address: string) => void;
  readonly all: () => readonly string[];
  /** To a keeper that was not told yet. */
  readonly tell: () => void;
}

/** Somebody else may have an address by then: the keeper looks again. */
const againMs = 60_000;

/** As many and as long as the verb takes. */
const most = 16;
const characters = 256;

export const createProblems = (ask: Ask): Problems => {
  const problems = new Map<string, { readonly text: string; readonly taken: Taken | null }>();
  let listen = '';
  let told = '';
  let isDue = false;
  let again: NodeJS.Timeout | undefined;

  const all = (): readonly string[] => [...problems.values()].map(({ text }) => text);

  const send = async (): Promise<void> => {
    isDue = false;
    const taken = [...problems.values()].slice(0, most).flatMap((one) => (one.taken === null ? [] : [one.taken]));
    const now = { problems: all().slice(0, most), listen, ...(taken.length === 0 ? {} : { taken }) };
    const text = JSON.stringify(now);
    if (text === told) return;
    told = text;
    clearTimeout(again);
    if (taken.length > 0) again = setTimeout(tell, againMs).unref();
    const answer = await ask('gateway.problems', now);
    if (!answer.ok && told === text) told = '';
  };

  const change = (): void => {
    if (isDue) return;
    isDue = true;
    // Several change in one turn when a view comes.
    queueMicrotask(() => void send());
  };

  const tell = (): void => {
    told = '';
    change();
  };

  return {
    set: (about, text, taken = null) => {
      if (text === null) problems.delete(about);
      else problems.set(about, { text: shortened(text, characters), taken });
      change();
    },
    listening: (address) => {
      listen = address;
      change();
    },
    all,
    tell,
  };
};
