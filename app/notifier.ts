import type { Proposal } from '../helper/protocol/index.ts';
import type { Approvals } from './approvals.ts';
import { createDesktop, type DesktopPress } from './desktop.ts';
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
import { dismissedAlert, judgeAlerts, nothingAlerted, type SeatAlert } from './seat-alerts.ts';
import type { Store } from './state.ts';

/**
 * Puts on the desktop what waits for the operator, and what is wrong with a seat, and carries the answer back. What to show is
 * judged in notify-model and seat-alerts.
 */

export interface Notifier {
  /** Shows in the popover what became of something that was asked for elsewhere. */
  say(said: Said): void;
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

const inputOf = ({ connection, status }: AppSnapshot, nowMs: number): NotifyInput => {
  // Through a silence nothing is known of what waits, no more than through a loss.
  const isOpen = connection.kind === 'connected';
  return { status: isOpen ? status : null, mayAnswer: isOpen && connection.tier !== 'read', nowMs };
};

const presses: Readonly<Record<Press, DesktopPress>> = {
  body: { on: 'body' },
  approve: { on: 'action', index: 0 },
  not_now: { on: 'action', index: 1 },
};

const saidOf = (title: string, answer: AnswerOf<'approve'>): Said => {
  if (!answer.ok) return { kind: 'refused', title, text: `${answer.failure.message} ${answer.failure.todo}` };
  return { kind: answer.result.outcome, title, text: answer.result.detail };
};

export const createNotifier = ({ store, approvals, openPopover, nowMs, log }: NotifierOptions): Notifier => {
  let memory = nothingTold;
  let alerts = nothingAlerted;
  let timer: NodeJS.Timeout | null = null;
  const desktop = createDesktop({
    onFault: (fault) => {
      if (fault !== null) log(`notification: not shown, ${fault}`);
      store.dispatch({ kind: 'notifications', fault });
    },
  });

  let asked = 0;

  const show = (wanted: Partial<Omit<Attention, 'nth'>>): void => {
    asked += 1;
    const nothing = { episode: null, confirm: null, said: null, health: null };
    store.dispatch({ kind: 'attention', attention: { ...nothing, ...wanted, nth: asked } });
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
        show({ said: saidOf(shown.title, answer) });
      }
    }
  };

  const putUp = (proposal: Proposal): void => {
    const { id, hash, episode } = proposal;
    const words = notificationWords(proposal);
    const shown: Shown = { episode, id, hash, title: words.title };
    desktop.putUp(episode, {
      ...words,
      onPress: (press) => {
        const meant = press.on === 'body' ? 'body' : pressOfAction(press.index);
        pressed(meant, shown).catch((error: unknown) => log(`notification: ${String(error)}`));
      },
      onGone: () => {
        memory = dismissed(memory, episode);
      },
    });
  };

  const alert = ({ episode, seat, title, body }: SeatAlert): void => {
    log(`notification: ${episode}`);
    desktop.putUp(episode, {
      title,
      body,
      actions: [],
      onPress: () => show({ health: seat }),
      onGone: () => {
        alerts = dismissedAlert(alerts, episode);
      },
    });
  };

  const update = (): void => {
    const state = store.get();
    const input = inputOf(state, nowMs());
    const judged = judgeNotifications(memory, input);
    const ofSeats = judgeAlerts(alerts, { ...input, mayAct: input.mayAnswer });
    // First the memory: showing can come back here through an event.
    memory = judged.memory;
    alerts = ofSeats.memory;
    for (const episode of [...judged.withdraw, ...ofSeats.withdraw]) desktop.takeOff(episode);
    for (const proposal of judged.show) putUp(proposal);
    for (const each of ofSeats.show) alert(each);
    const waits = desktop.count() > 0 && state.connection.kind !== 'connected';
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
    say: (said) => show({ said }),
    press: (episode, press) => desktop.press(episode, presses[press]),
    stop: () => {
      if (timer !== null) clearInterval(timer);
      desktop.stop();
    },
  };
};
