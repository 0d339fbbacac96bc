import type { AppSnapshot } from './ipc/contract.ts';
import { waitingIn, waitingWords } from './tray-model.ts';

/** Whether leaving the app is worth a question: the helper keeps running, but who answers it has gone. */

/** Null: nothing is lost by leaving. */
export const quitQuestion = ({
  connection,
  status,
}: AppSnapshot): { readonly title: string; readonly text: string } | null => {
  if (connection.kind !== 'connected' || connection.tier === 'read' || status === null) return null;
  const count = waitingIn(status);
  if (count === 0) return null;
  return {
    title: `${waitingWords(count)} for you. Quit all the same?`,
    text: 'The helper keeps running, and does nothing that you have not answered. `castellan pending` in a terminal shows what waits.',
  };
};
