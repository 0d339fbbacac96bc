import { type CallName, contract, type PushName } from './contract.ts';

/** Channel names, derived from the contract on both sides and written nowhere else. */

const entries = Object.entries(contract) as readonly [CallName | PushName, { readonly kind: 'call' | 'push' }][];

export const callNames = entries.filter(([, { kind }]) => kind === 'call').map(([name]) => name as CallName);
export const pushNames = entries.filter(([, { kind }]) => kind === 'push').map(([name]) => name as PushName);

export const channelOf = (name: CallName | PushName): string => `castellan:${name}`;

/** How a result travels: Electron turns a thrown error into a string with its own words around it. */
export type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };
