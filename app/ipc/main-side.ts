import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import { callArguments } from './arguments.ts';
import { callNames, channelOf, pushNames, type Reply } from './channels.ts';
import type { CallName, Handlers, Senders } from './contract.ts';

/** Main's side of the bridge. The sender is checked here, around every handler, so that no handler can forget it. */

/** The only page that may call. */
export const trustedOrigin = 'castellan://app';

/** The parts of Electron's event that the judgement rests on. */
export interface Sender {
  readonly sender: unknown;
  readonly senderFrame: { readonly parent: unknown; readonly origin: string } | null;
}

/** Null when the call comes from the main frame of the popover's page; else why not. */
export const judgeSender = ({ sender, senderFrame }: Sender, popover: unknown): string | null => {
  if (popover === null || sender !== popover) return 'not from the popover';
  // Null since Electron 35 when the frame is gone or has been navigated away.
  if (senderFrame === null) return 'its frame is gone';
  if (senderFrame.parent !== null) return 'not from the main frame';
  return senderFrame.origin === trustedOrigin ? null : `from ${senderFrame.origin}`;
};

export interface ServeOptions {
  readonly ipcMain: Pick<IpcMain, 'handle'>;
  readonly handlers: Handlers;
  /** The popover's page, null while there is none. */
  readonly popover: () => WebContents | null;
  readonly log: (line: string) => void;
}

const refuse = (error: string): Reply => ({ ok: false, error });

const answer = async (name: CallName, handlers: Handlers, args: readonly unknown[]): Promise<Reply> => {
  const parsed = callArguments[name].safeParse(args);
  if (!parsed.success) return refuse(`bad arguments for ${name}`);
  // Name, schema and handler belong together by their types; the compiler cannot follow them through a loop.
  const handler = handlers[name] as (...checked: readonly unknown[]) => unknown;
  return { ok: true, value: await handler(...parsed.data) };
};

export const serveRenderer = ({ ipcMain, handlers, popover, log }: ServeOptions): void => {
  for (const name of callNames) {
    ipcMain.handle(channelOf(name), async (event: IpcMainInvokeEvent, ...args: unknown[]): Promise<Reply> => {
      const wrong = judgeSender(event, popover());
      if (wrong !== null) {
        log(`ipc: ${name} refused, ${wrong}`);
        return refuse(`not allowed: ${wrong}`);
      }
      try {
        return await answer(name, handlers, args);
      } catch (error) {
        log(`ipc: ${name} failed, ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        return refuse(`${name} failed`);
      }
    });
  }
};

/** Pushes go to the popover's page and are dropped while there is none. */
export const makeSenders = (popover: () => Pick<WebContents, 'send' | 'isDestroyed'> | null): Senders => {
  const send = (channel: string, data: unknown): void => {
    const page = popover();
    if (page !== null && !page.isDestroyed()) page.send(channel, data);
  };
  return Object.fromEntries(pushNames.map((name) => [name, (data: unknown) => send(channelOf(name), data)])) as Senders;
};
