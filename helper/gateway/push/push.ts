import { alertTable } from '../../journal/alert-kinds.ts';
import { alertLevel } from '../../journal/alert-levels.ts';
import type { PushStatus, ToldAlert } from '../../protocol/push.ts';
import type { GatewayView } from '../../protocol/seats.ts';
import type { Ask } from '../keeper-link.ts';
import type { Problems } from '../problems.ts';
import { type Message, raisedMessage, recoveredMessage } from './message.ts';
import type { Queue } from './queue.ts';
import { createSender, type Sender, type SenderOptions } from './sender.ts';
import { createSilence } from './silence.ts';

/**
 * The alerts that the keeper lists, sent out of this machine: each once when it is told and once when it is over. Of a keeper that
 * has fallen silent, which can list nothing, the gateway tells by itself.
 */

export interface Push {
  readonly onView: (view: GatewayView) => void;
  readonly status: () => readonly PushStatus[];
  /** To a keeper that was not told yet. */
  readonly tell: () => void;
  readonly close: () => void;
}

export interface PushOptions extends Omit<SenderOptions, 'onChange' | 'problem'> {
  readonly ask: Ask;
  readonly problems: Pick<Problems, 'set'>;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** So long the keeper may say nothing; tests have others. */
  readonly silentMs?: number;
}

/** Several change in one turn, and nobody reads faster. */
const tellMs = 200;
/** The deadman starts one again that hangs for so long; one that is updated is back sooner. Its beat is 2 s. */
const silentMs = 60_000;

/** Of the alerts that the gateway tells by itself; when it was told stands behind it. */
const staleId = 'keeper_stale.gateway.';

const staleAlert = (wallMs: number): ToldAlert => ({
  id: `${staleId}${Math.round(wallMs)}`,
  kind: 'keeper_stale',
  level: alertLevel('keeper_stale'),
  subject: 'keeper',
  ...alertTable.keeper_stale,
  detail: 'The gateway hears nothing of it.',
  raisedMs: wallMs,
  overMs: null,
});

/** Those of a silence of the keeper, of this gateway or of one before it. */
const silencesIn = (heard: Queue['heard']): readonly string[] =>
  Object.keys(heard).filter((id) => id.startsWith(staleId));

/** What is to be said of one that is listed; `before`: what was said of it last. */
const newsOf = (alert: ToldAlert, before: Queue['heard'][string] | undefined): readonly Message[] => {
  const raised = before === undefined ? [raisedMessage(alert)] : [];
  return alert.overMs === null || before === 'over' ? raised : [...raised, recoveredMessage(alert, alert.overMs)];
};

export const createPush = ({ ask, problems, ...options }: PushOptions): Push => {
  /** Null: nobody was to be told yet, so that nothing is kept, counted or reported. */
  let sender: Sender | null = null;
  let due: NodeJS.Timeout | null = null;
  let told = '';

  const status = (): readonly PushStatus[] => sender?.status() ?? [];
  const report = async (): Promise<void> => {
    due = null;
    const targets = [...status()];
    const text = JSON.stringify(targets);
    if (text === told) return;
    told = text;
    const answer = await ask('push.report', { targets });
    if (!answer.ok && told === text) told = '';
  };
  const onChange = (): void => {
    due ??= setTimeout(() => void report(), tellMs).unref();
  };

  const silence = createSilence({
    afterMs: options.silentMs ?? silentMs,
    nowMs: options.nowMs,
    onSilent: () => {
      const stale = staleAlert(options.wallMs());
      sender?.remember({ ...sender.queue().heard, [stale.id]: 'raised' }, [raisedMessage(stale)]);
    },
  });

  /** All that the keeper lists, and that it speaks: what was told of its silence is over. Kept before any of it is sent. */
  const hear = ({ queue, remember }: Sender, alerts: readonly ToldAlert[]): void => {
    const { heard } = queue();
    const listed: Queue['heard'] = Object.fromEntries(
      alerts.map(({ id, overMs }) => [id, overMs === null ? 'raised' : 'over']),
    );
    const isKnown = Object.keys(heard).length === alerts.length && alerts.every(({ id }) => heard[id] === listed[id]);
    if (isKnown) return;
    remember(listed, [
      ...silencesIn(heard).map((id) =>
        recoveredMessage(staleAlert(Number(id.slice(staleId.length))), options.wallMs()),
      ),
      ...alerts.flatMap((alert) => newsOf(alert, heard[alert.id])),
    ]);
  };

  return {
    onView: ({ push }) => {
      if (push === undefined || push.targets.length === 0) {
        // Nobody could be told of a silence. What waits is kept: a castellan.toml that cannot be read looks like this, too.
        silence.close();
        sender?.setTargets([]);
        return;
      }
      sender ??= createSender({ ...options, problem: problems.set, onChange });
      sender.setTargets(push.targets);
      silence.heard();
      hear(sender, push.alerts);
    },
    status,
    tell: () => {
      if (sender === null) return;
      told = '';
      onChange();
    },
    close: () => {
      if (due !== null) clearTimeout(due);
      silence.close();
      sender?.close();
    },
  };
};
