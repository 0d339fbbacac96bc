import { callNames, channelOf, pushNames, type Reply } from './channels.ts';
import type { Bridge } from './contract.ts';

/** The renderer's side of the bridge, made in the preload script: named functions, never Electron's own objects. */

export interface RendererIpc {
  invoke(channel: string, ...args: unknown[]): Promise<unknown>;
  on(channel: string, listener: (event: unknown, data: unknown) => void): unknown;
  off(channel: string, listener: (event: unknown, data: unknown) => void): unknown;
}

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export const makeBridge = (ipc: RendererIpc): Bridge => {
  const call =
    (channel: string) =>
    async (...args: unknown[]): Promise<unknown> => {
      const reply = (await ipc.invoke(channel, ...args)) as Reply;
      if (!reply.ok) throw new Error(reply.error);
      return reply.value;
    };
  const listen = (channel: string) => (listener: (data: unknown) => void) => {
    // The event, whose sender could be called through, stays on this side.
    const heard = (_event: unknown, data: unknown): void => listener(data);
    ipc.on(channel, heard);
    return (): void => {
      ipc.off(channel, heard);
    };
  };
  return Object.fromEntries([
    ...callNames.map((name) => [name, call(channelOf(name))]),
    ...pushNames.map((name) => [`on${capitalized(name)}`, listen(channelOf(name))]),
  ]) as Bridge;
};
