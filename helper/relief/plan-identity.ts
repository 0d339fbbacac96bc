import { processKey } from '../host/reading.ts';
import type { Act, ActVerb, Cause, Target } from './acts.ts';

/** What names an act: to people, among other acts of this episode, and as exactly this one. */

/** What it is aimed at: a label, `pid:start` (of a group: of its match), a model of a runtime. The key of `Tries`. */
export const targetKeyOf = (act: Act): string => {
  switch (act.verb) {
    case 'freeze':
      return processKey(act.targets[0].id);
    case 'terminate':
    case 'kill':
      // A job that comes back under another pid is the same target.
      return act.label ?? processKey(act.target.id);
    case 'shed':
    case 'restore':
    case 'bootout':
    case 'recover':
    case 'fallback':
    case 'fallback_end':
      return act.label;
    case 'resume':
      return `freeze ${act.freeze}`;
    case 'unload':
      return `${act.runtime}: ${act.model}`;
    case 'purge':
      return 'disk caches';
  }
};

/** The same for all plans of one verb against one target, whatever their number. */
export const episodeOf = (act: Act): string => `${act.verb} ${targetKeyOf(act)}`;

/** Put to the operator because of a seat's health and not of memory. */
const offerVerbs = ['recover', 'fallback'] as const;

export const isOffer = ({ verb }: Act): boolean => offerVerbs.some((each) => each === verb);

/** `episodeOf` such an act, before there is one. */
export const offerEpisode = (verb: (typeof offerVerbs)[number], label: string): string => `${verb} ${label}`;

/** They are not of an episode of memory: its end says nothing of them. */
export const isOfferEpisode = (episode: string): boolean => offerVerbs.some((verb) => episode.startsWith(`${verb} `));

const processName = (target: Target, others: number): string =>
  `${target.name} (pid ${target.id.pid})${others > 0 ? ` and ${others} more` : ''}`;

/** For rows of the audit log and sentences: "node (pid 45013) and 3 more", "com.sanctum.memory-vault". */
export const targetNameOf = (act: Act): string => {
  switch (act.verb) {
    case 'freeze':
      return processName(act.targets[0], act.targets.length - 1);
    case 'resume': {
      const [first] = act.targets;
      return first === undefined ? `freeze ${act.freeze}` : processName(first, act.targets.length - 1);
    }
    case 'terminate':
    case 'kill':
      return processName(act.target, 0);
    case 'shed':
    case 'restore':
      return act.label;
    case 'bootout':
    case 'recover':
      return act.seat;
    case 'fallback':
    case 'fallback_end':
      return `${act.label} for ${act.seat}`;
    case 'unload':
      return `${act.model} of ${act.runtime}`;
    case 'purge':
      return 'disk caches';
  }
};

const verbWords: Readonly<Record<ActVerb, string>> = {
  freeze: 'freeze',
  resume: 'resume',
  shed: 'shed',
  restore: 'restore',
  bootout: 'stop',
  recover: 'recover',
  fallback: 'start',
  fallback_end: 'end',
  terminate: 'end',
  kill: 'kill',
  unload: 'unload',
  purge: 'flush',
};

/** As part of a sentence: "stop Codestral", "start com.sanctum.calm for Cilghal". */
export const actText = (act: Act): string => `${verbWords[act.verb]} ${targetNameOf(act)}`;

/** "Asks whether to stop Codestral". In a dry run nobody is asked. */
export const askText = (mode: 'dry_run' | 'live', act: Act): string =>
  `${mode === 'live' ? 'Asks' : 'Would ask'} whether to ${actText(act)}`;

/**
 * Whether one click on a notification is too little: what cannot be undone is confirmed where the whole card is seen.
 * `isBusy`: the seat has requests in flight.
 */
export const needsConfirmation = (act: Act, isBusy = false): boolean => {
  switch (act.verb) {
    case 'terminate':
    case 'kill':
    case 'recover':
      return true;
    case 'bootout':
      return act.class === 'protected' || isBusy;
    case 'freeze':
    case 'resume':
    case 'shed':
    case 'restore':
    case 'unload':
    case 'purge':
    case 'fallback':
    case 'fallback_end':
      return false;
  }
};

const identitiesOf = (act: Act): readonly (string | number)[] => {
  switch (act.verb) {
    case 'freeze':
      // The order within a group tells nothing: tables are read in any order.
      return [act.entry.name, act.entry.class, ...act.targets.map(({ id }) => processKey(id)).sort()];
    case 'terminate':
    case 'kill':
      return [act.entry.name, act.entry.class, processKey(act.target.id)];
    case 'shed':
      return [act.label, act.at];
    case 'restore':
      return [act.label];
    case 'fallback':
    case 'fallback_end':
      return [act.seat, act.label, act.primary, act.address ?? ''];
    case 'bootout':
    case 'recover':
      return [act.seat, act.label, act.class, ...act.targets.slice(0, 1).map(({ id }) => processKey(id))];
    case 'resume':
      return [act.freeze, ...act.targets.map(({ id }) => processKey(id)).sort()];
    case 'unload':
      return [act.runtime, act.model, act.instance, processKey(act.server)];
    case 'purge':
      return [];
  }
};

const causeParts = (cause: Cause): readonly (string | number)[] => {
  switch (cause.kind) {
    case 'level':
      return [cause.kind, cause.atLeast];
    case 'ladder':
      return [cause.kind, cause.step];
    case 'brake':
    case 'frozen_too_long':
    case 'did_not_end':
    case 'calm':
    case 'zombie':
    case 'primary_dead':
    case 'operator':
      return [cause.kind];
  }
};

/**
 * SHA-256, hex, of verb, identities of the targets with the policy that allows the act, and cause. Figures and sentences
 * are not in it: they change with every sample, what is done does not. JSON keeps the parts apart, whatever is in them.
 */
export const planHash = (act: Act, cause: Cause): string =>
  // Loaded with the first plan: it costs a keeper 1.5 MB, and on green it never plans.
  process
    .getBuiltinModule('node:crypto')
    .createHash('sha256')
    .update(JSON.stringify([act.verb, identitiesOf(act), causeParts(cause)]))
    .digest('hex');
