import { Notification } from 'electron';
import type { Proposal } from '../helper/protocol/index.ts';
import type { Approvals } from './approvals.ts';
import type { AnswerOf, AppSnapshot, Attention, Said } from './ipc/contract.ts';
import {
  dismissed,
  judgeNotifications,
  meaningOf,
  type NotifyInput,
  nothingTold,
  notificationWords,
  type Press,
  pressOfAction,
  type Shown,
} from './notify-model.ts';
import type { Store } from './state.ts';

/** Puts what waits for the operator on the desktop, and carries the answer back. What to show is judged in notify-model. */

export interface Notifier {
  /** For tests: presses a notification that was made in this run, also one that is off the desktop by now. */
  press(episode: string, press: Press): boolean;
  /** Takes all off the desktop: without the app nobody hears their answers. */
  stop(): void;
}

export interface NotifierOptions {
  readonly store: Store;
  readonly approvals: Approvals;
  readonly openPopover: () => void;
  /** Wall time, ms since 1970. */
  readonly nowMs: () => number;
  readonly log: (line: string) => void;
}

/** Without a keeper nothing else tells that a proposal has expired. */
const recheckMs = 5000;
/** What has left the desktop may still be pressed: an answer can be under way. */
const keptMade = 32;

interface Made {
  readonly shown: Shown;
  readonly notification: Notification;
}

const inputOf = ({ connection, status }: AppSnapshot, nowMs: number): NotifyInput => {
  // Through a silence nothing is known of what waits, no more than through a loss.
  const isOpen = connection.kind === 'connected';
  return { status: isOpen ? status : null, mayAnswer: isOpen && connection.tier !== 'read', nowMs };
};

const saidOf = (title: string, answer: AnswerOf<'approve'>): Said => {
  if (!answer.ok) return { kind: 'refused', title, text: `${answer.failure.message} ${answer.failure.todo}` };
  return { kind: answer.result.outcome, title, text: answer.result.detail };
};

export const createNotifier = ({ store, approvals, openPopover, nowMs, log }: NotifierOptions): Notifier => {
  let memory = nothingTold;
  const made: Made[] = [];
  const onDesktop = new Map<string, Made>();
  let timer: NodeJS.Timeout | null = null;

  let presses = 0;

  const show = (wanted: Omit<Attention, 'nth'>): void => {
    presses += 1;
    store.dispatch({ kind: 'attention', attention: { nth: presses, ...wanted } });
    openPopover();
  };

  const pressed = async (press: Press, shown: Shown): Promise<void> => {
    const meaning = meaningOf(press, shown, inputOf(store.get(), nowMs()));
    log(`notification: ${press} on proposal ${shown.id}, ${meaning.kind}`);
    switch (meaning.kind) {
      case 'deny': {
        const answer = await approvals.deny(meaning.id, meaning.hash);
        // Nothing was wanted, and nothing is done: there is nothing to tell.
        if (!answer.ok) log(`notification: not denied, ${answer.failure.code}`);
        return;
      }
      case 'card': {
        const changed: Said = {
          kind: 'refused',
          title: shown.title,
          text: 'Nothing was done: it has changed since the notification. This is what is asked now.',
        };
        show({
          episode: meaning.episode,
          confirm: meaning.confirm ? shown.hash : null,
          said: meaning.changed ? changed : null,
        });
        return;
      }
      case 'approve': {
        const answer = await approvals.approve(meaning.id, meaning.hash, false);
        // What went well is told by what follows; everything else is said at once.
        if (answer.ok && answer.result.outcome === 'done') return;
        const asksTwice = !answer.ok && answer.failure.code === 'confirmation_needed';
        show({
          episode: shown.episode,
          confirm: asksTwice ? meaning.hash : null,
          said: asksTwice ? null : saidOf(shown.title, answer),
        });
        return;
      }
      case 'gone': {
        const answer = await approvals.whyGone(shown.id, shown.hash);
        show({ episode: null, confirm: null, said: saidOf(shown.title, answer) });
      }
    }
  };

  const failed = (why: string): void => {
    log(`notification: not shown, ${why}`);
    store.dispatch({ kind: 'notifications', fault: why === '' ? 'The system gives no reason.' : why });
  };

  const takeOff = (episode: string): void => {
    const standing = onDesktop.get(episode);
    onDesktop.delete(episode);
    standing?.notification.close();
  };

  const putUp = (proposal: Proposal): void => {
    const { id, hash, episode } = proposal;
    const { title, body, actions } = notificationWords(proposal);
    takeOff(episode);
    if (!Notification.isSupported()) {
      failed('This system shows none.');
      return;
    }
    const notification = new Notification({
      title,
      body,
      silent: false,
      urgency: 'normal',
      // It is taken off when it is no longer true; the desktop need not guess.
      timeoutType: 'never',
      // Shown on macOS only; elsewhere a click on the body opens the card.
      actions: actions.map((text) => ({ type: 'button' as const, text })),
    });
    const one: Made = { shown: { episode, id, hash, title }, notification };
    const answer = (press: Press): void => {
      // A desktop takes off what was pressed; Electron on Linux says nothing of that, and could close it no more.
      if (onDesktop.get(episode) === one) {
        takeOff(episode);
        memory = dismissed(memory, episode);
      }
      pressed(press, one.shown).catch((error: unknown) => log(`notification: ${String(error)}`));
    };
    notification.on('click', () => answer('body'));
    notification.on('action', (_event, index) => answer(pressOfAction(index)));
    notification.on('show', () => store.dispatch({ kind: 'notifications', fault: null }));
    notification.on('failed', (_event, why) => failed(why));
    notification.on('close', () => {
      if (onDesktop.get(episode) !== one) return;
      onDesktop.delete(episode);
      memory = dismissed(memory, episode);
    });
    onDesktop.set(episode, one);
    made.push(one);
    if (made.length > keptMade) made.shift();
    notification.show();
  };

  const update = (): void => {
    const state = store.get();
    const judged = judgeNotifications(memory, inputOf(state, nowMs()));
    // First the memory: showing can come back here through an event.
    memory = judged.memory;
    for (const episode of judged.withdraw) takeOff(episode);
    for (const proposal of judged.show) putUp(proposal);
    const waits = onDesktop.size > 0 && state.connection.kind !== 'connected';
    if (waits && timer === null) timer = setInterval(update, recheckMs);
    if (!waits && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };

  store.onChange((after, before) => {
    if (after.status !== before.status || after.connection !== before.connection) update();
  });

  return {
    press: (episode, press) => {
      const one = made.findLast(({ shown }) => shown.episode === episode);
      if (one === undefined) return false;
      if (press === 'body') one.notification.emit('click');
      else one.notification.emit('action', {}, press === 'approve' ? 0 : 1);
      return true;
    },
    stop: () => {
      if (timer !== null) clearInterval(timer);
      for (const episode of [...onDesktop.keys()]) takeOff(episode);
    },
  };
};
