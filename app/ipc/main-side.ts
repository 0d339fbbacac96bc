import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import { callArguments } from './arguments.ts';
import { callNames, channelOf, pushNames, type Reply } from './channels.ts';
import { type CallName, type Handlers, type Senders, type Surface, surfaces } from './contract.ts';

/** Main's side of the bridge. The sender is checked here, around every handler, so that no handler can forget it. */

/** The only page that may call. */
export const trustedOrigin = 'castellan://app';

/** The parts of Electron's event that the judgement rests on. */
export interface Sender {
  readonly sender: unknown;
  readonly senderFrame: { readonly parent: unknown; readonly origin: string } | null;
}

type Pages = Readonly<Record<Surface, () => unknown>>;

export type JudgedSender =
  | { readonly ok: true; readonly surface: Surface }
  /** `why` not, in words for the log. */
  | { readonly ok: false; readonly why: string };

/** Whether the call comes from the main frame of one of our pages, and of which. */
export const judgeSender = ({ sender, senderFrame }: Sender, pages: Pages): JudgedSender => {
  const surface = surfaces.find((each) => pages[each]() !== null && pages[each]() === sender);
  if (surface === undefined) return { ok: false, why: 'not from a window of ours' };
  // Null since Electron 35 when the frame is gone or has been navigated away.
  if (senderFrame === null) return { ok: false, why: 'its frame is gone' };
  if (senderFrame.parent !== null) return { ok: false, why: 'not from the main frame' };
  return senderFrame.origin === trustedOrigin
    ? { ok: true, surface }
    : { ok: false, why: `from ${senderFrame.origin}` };
};

export interface ServeOptions {
  readonly ipcMain: Pick<IpcMain, 'handle'>;
  readonly handlers: Readonly<Record<Surface, Handlers>>;
  /** The page of each surface, null while there is none. */
  readonly pages: Readonly<Record<Surface, () => WebContents | null>>;
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

export const serveRenderer = ({ ipcMain, handlers, pages, log }: ServeOptions): void => {
  for (const name of callNames) {
    ipcMain.handle(channelOf(name), async (event: IpcMainInvokeEvent, ...args: unknown[]): Promise<Reply> => {
      const judged = judgeSender(event, pages);
      if (!judged.ok) {
        log(`ipc: ${name} refused, ${judged.why}`);
        return refuse(`not allowed: ${judged.why}`);
      }
      try {
        return await answer(name, handlers[judged.surface], args);
      } catch (error) {
        log(`ipc: ${name} failed, ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        return refuse(`${name} failed`);
      }
    });
  }
};

/** Pushes go to one surface's page and are dropped while there is none. */
export const makeSenders = (pageOf: () => Pick<WebContents, 'send' | 'isDestroyed'> | null): Senders => {
  const send = (channel: string, data: unknown): void => {
    const page = pageOf();
    if (page !== null && !page.isDestroyed()) page.send(channel, data);
  };
  return Object.fromEntries(pushNames.map((name) => [name, (data: unknown) => send(channelOf(name), data)])) as Senders;
};
