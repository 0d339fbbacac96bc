import * as z from 'zod/mini';
import { logRowSchema } from '../../helper/protocol/relief.ts';
import { requests, type Verb } from '../../helper/protocol/requests.ts';
import { historyRange, longestPauseMinutes, text } from '../../helper/protocol/values.ts';
import { isShortcut } from '../shortcut.ts';
import {
  type ArgsOf,
  type CallName,
  type Contract,
  links,
  type ReadVerb,
  registrationActs,
  windowPages,
} from './contract.ts';

/** What each call of the renderer may bring; parsed before its handler runs. Every call has a row, by type. */

const isReadVerb = (verb: Verb): verb is ReadVerb => verb.startsWith('read.') && verb !== 'read.pending';
const readVerbs = (Object.keys(requests) as Verb[]).filter(isReadVerb);

const exportFormat = z.enum(['csv', 'json']);
/** More than a page of the log keeps. */
const mostRows = 10_000;

const nothing = z.tuple([]);
const shortcut = z.nullable(text(64).check(z.refine(isShortcut)));
const hash = text(64);
const seat = text(64);

export const callArguments = {
  snapshot: nothing,
  history: z.tuple([historyRange, z.int().check(z.minimum(1), z.maximum(2000))]),
  setPinned: z.tuple([z.boolean()]),
  setSettings: z.tuple([
    z.strictObject({
      numbersInTray: z.exactOptional(z.boolean()),
      colourInTray: z.exactOptional(z.boolean()),
      shortcut: z.exactOptional(shortcut),
      openAtLogin: z.exactOptional(z.nullable(z.boolean())),
    }),
  ]),
  painted: nothing,
  hide: nothing,
  openWindow: z.tuple([z.nullable(z.enum(windowPages))]),
  watchProcesses: z.tuple([z.boolean()]),
  read: z.tuple([z.enum(readVerbs), z.unknown()]),
  exportLog: z.tuple([exportFormat, z.nullable(z.array(logRowSchema).check(z.maxLength(mostRows)))]),
  exportHistory: z.tuple([exportFormat, historyRange]),
  retry: nothing,
  open: z.tuple([z.enum(links)]),
  quit: nothing,
  registration: z.tuple([z.enum(registrationActs)]),
  approve: z.tuple([z.int(), hash, z.boolean()]),
  deny: z.tuple([z.int(), hash]),
  markWrong: z.tuple([z.int()]),
  pauseRelief: z.tuple([z.int().check(z.minimum(0), z.maximum(longestPauseMinutes))]),
  setReliefMode: z.tuple([z.enum(['live', 'dry_run'])]),
  restore: z.tuple([text(128)]),
  resume: z.tuple([z.nullable(z.int())]),
  release: z.tuple([seat, z.boolean(), text(64)]),
  keep: z.tuple([seat, z.int().check(z.minimum(0), z.maximum(1440))]),
  load: z.tuple([seat]),
  preview: z.tuple([seat]),
} as const satisfies { readonly [K in CallName]: z.ZodMiniType<ArgsOf<Contract[K]>> };
