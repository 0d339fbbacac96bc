import { alertTable } from '../../journal/alert-kinds.ts';
import { alertLevel } from '../../journal/alert-levels.ts';
import type { PushStatus, ToldAlert } from '../../protocol/push.ts';
import type { GatewayView } from '../../protocol/seats.ts';
import type { Ask } from '../keeper-link.ts';
import type { Problems } from '../problems.ts';
import { raisedMessage, recoveredMessage } from './message.ts';
import { createSender, type SenderOptions } from './sender.ts';
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

export const createPush = ({ ask, problems, ...options }: PushOptions): Push => {
  let due: NodeJS.Timeout | null = null;
  let told = '';

  const report = async (): Promise<void> => {
    due = null;
    const targets = [...sender.status()];
    const text = JSON.stringify(targets);
    if (text === told) return;
    told = text;
    const answer = await ask('push.report', { targets });
    if (!answer.ok && told === text) told = '';
  };
  const onChange = (): void => {
    due ??= setTimeout(() => void report(), tellMs).unref();
  };
  const sender = createSender({ ...options, problem: problems.set, onChange });

  const hear = (alert: ToldAlert): void => {
    const { heard } = sender.queue();
    const before = heard[alert.id];
    const now = alert.overMs === null ? 'raised' : 'over';
    if (before === now) return;
    // Queued before it counts as heard: killed in between, it is sent twice rather than never.
    if (before === undefined) sender.send(raisedMessage(alert));
    if (alert.overMs !== null) sender.send(recoveredMessage(alert, alert.overMs));
    sender.remember({ ...sender.queue().heard, [alert.id]: now });
  };

  const silence = createSilence({
    afterMs: options.silentMs ?? silentMs,
    nowMs: options.nowMs,
    onSilent: () => {
      const stale = staleAlert(options.wallMs());
      sender.send(raisedMessage(stale));
      sender.remember({ ...sender.queue().heard, [stale.id]: 'raised' });
    },
  });
  /** It speaks: what was told of its silence is over, also by a gateway before this one. */
  const hearKeeper = (): void => {
    silence.heard();
    const { heard } = sender.queue();
    const silences = Object.keys(heard).filter((id) => id.startsWith(staleId));
    if (silences.length === 0) return;
    for (const id of silences)
      sender.send(recoveredMessage(staleAlert(Number(id.slice(staleId.length))), options.wallMs()));
    sender.remember(Object.fromEntries(Object.entries(heard).filter(([id]) => !silences.includes(id))));
  };

  return {
    onView: ({ push }) => {
      sender.setTargets(push?.targets ?? []);
      hearKeeper();
      if (push === undefined) return;
      const { alerts } = push;
      for (const alert of alerts) hear(alert);
      const listed = new Set(alerts.map(({ id }) => id));
      const { heard } = sender.queue();
      const left = Object.entries(heard).filter(([id]) => listed.has(id));
      if (left.length < Object.keys(heard).length) sender.remember(Object.fromEntries(left));
    },
    status: sender.status,
    tell: () => {
      told = '';
      onChange();
    },
    close: () => {
      if (due !== null) clearTimeout(due);
      silence.close();
      sender.close();
    },
  };
};
