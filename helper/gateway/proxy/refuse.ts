import type { Socket } from 'node:net';
import type { Peek } from './peek.ts';
import { httpRefusal, type Refusal, speaksHttp, tellingBytes } from './refusal.ts';

/**
 * Tells a client why it is not served, and closes: a `503` to one that speaks HTTP, the mere end to every other. Which of
 * them it is shows in what it sent first; one that has sent nothing gets a moment for it.
 */
export const refuse = (
  client: Socket,
  peeked: Peek,
  refusal: Refusal,
  times: { readonly firstBytesMs: number; readonly lingerMs: number },
): void => {
  const finish = (reply: string): void => {
    clearTimeout(timer);
    peeked.take();
    client.resume();
    client.end(reply);
    const linger = setTimeout(() => client.destroy(), times.lingerMs);
    client.once('close', () => clearTimeout(linger));
  };
  const judge = (isLast: boolean): void => {
    if (client.destroyed) return;
    const http = speaksHttp(peeked.beginning(tellingBytes));
    if (http === 'yes') finish(httpRefusal(refusal));
    else if (http === 'no' || isLast || peeked.hasEnded()) finish('');
  };

  const timer = setTimeout(() => judge(true), times.firstBytesMs);
  client.once('close', () => clearTimeout(timer));
  peeked.onMore = () => judge(false);
  judge(false);
};
