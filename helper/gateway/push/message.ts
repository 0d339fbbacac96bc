import * as z from 'zod/mini';
import { printable } from '../../cli/printable.ts';
import { alertWords, type ToldAlert } from '../../protocol/push.ts';

/** What is sent of an alert: once when it is told, and once when it is over. */

export const messageSchema = z.strictObject({
  /** The same however often it is sent, so that a receiver can tell. */
  id: z.string().check(z.maxLength(512)),
  event: z.enum(['raised', 'recovered', 'test']),
  ...alertWords,
  /** Wall time, ms since 1970. */
  atMs: z.number(),
});
export type Message = z.infer<typeof messageSchema>;

export const raisedMessage = (alert: ToldAlert): Message => {
  const { id, kind, level, subject, message, detail, todo, raisedMs } = alert;
  return {
    id,
    event: kind === 'test' ? 'test' : 'raised',
    kind,
    level,
    subject,
    message,
    detail,
    todo,
    atMs: raisedMs,
  };
};

/** What is sent when that which was `raised` is over. */
export const overMessage = (raised: Message, overMs: number): Message => ({
  ...raised,
  id: `${raised.id}.recovered`,
  event: 'recovered',
  message: 'What was told of is over.',
  todo: 'Nothing needs doing.',
  atMs: overMs,
});

/** @param overMs when it was seen to be over */
export const recoveredMessage = (alert: ToldAlert, overMs: number): Message =>
  overMessage(raisedMessage(alert), overMs);

const isoTime = (ms: number): string => new Date(ms).toISOString();

/** What a webhook gets. New members may come; those that are there stay. */
export const webhookBody = ({ atMs, ...said }: Message, host: string): string =>
  JSON.stringify({ source: 'castellan', host, ...said, at: isoTime(atMs) });

/** RFC 2047, which ntfy reads in its headers: they hold nothing but ASCII otherwise. */
const headerText = (text: string): string =>
  /^[ -~]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;

const priorities = { notice: '2', warning: '4', critical: '5' } as const satisfies Record<Message['level'], string>;
const tags = {
  raised: 'warning',
  recovered: 'white_check_mark',
  test: 'bell',
} as const satisfies Record<Message['event'], string>;

const plain = (text: string, characters: number): string => printable(text).slice(0, characters).toWellFormed();

/** https://docs.ntfy.sh/publish: title, priority (1 to 5, 3 is usual) and tags in headers, the text as the body. */
export const ntfyParts = (
  { event, kind, level, subject, message, detail, todo }: Message,
  host: string,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } => {
  const name = plain(
    `${host}: ${event === 'recovered' ? 'recovered: ' : ''}${kind.replaceAll('_', ' ')}, ${subject}`,
    120,
  );
  const lines = [message, detail, todo].filter((line) => line !== '').map((line) => plain(line, 600));
  return {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      title: headerText(name),
      priority: event === 'raised' ? priorities[level] : '3',
      tags: tags[event],
    },
    body: lines.join('\n'),
  };
};
