import { type App, dialog, powerMonitor } from 'electron';
import type { AppSnapshot } from './ipc/contract.ts';
import { quitQuestion } from './quit-question.ts';

/** Leaving the app. The helper keeps running; only what waits for an answer is a reason to ask first. */

export interface QuitOptions {
  readonly app: Pick<App, 'on' | 'quit'>;
  readonly snapshot: () => AppSnapshot;
  /** Windows that only hide when they are closed must be given up first. */
  readonly onLeave: () => void;
}

export const registerQuit = ({ app, snapshot, onLeave }: QuitOptions): void => {
  let isSure = false;
  let isAsking = false;
  // macOS ends apps at log-out and shutdown the same way: they must not be held up by a question.
  powerMonitor.on('shutdown', () => {
    isSure = true;
  });
  // Whoever sends a signal reads no dialog.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isSure = true;
      app.quit();
    });
  }
  const ask = async (question: NonNullable<ReturnType<typeof quitQuestion>>): Promise<void> => {
    isAsking = true;
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: question.title,
      detail: question.text,
      buttons: ['Stay', 'Quit'],
      defaultId: 0,
      cancelId: 0,
    });
    isAsking = false;
    if (response !== 1) return;
    isSure = true;
    app.quit();
  };
  app.on('before-quit', (event) => {
    const question = isSure ? null : quitQuestion(snapshot());
    if (question === null) {
      onLeave();
      return;
    }
    event.preventDefault();
    if (!isAsking) void ask(question);
  });
};
