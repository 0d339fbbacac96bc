import * as z from 'zod/mini';
import { adviceReportSchema } from './advice.ts';
import { findingSchema, networkChannels } from './health.ts';
import { mostPushTargets, pushStatusSchema } from './push.ts';
import { historyRange, longestPauseMinutes, text } from './values.ts';

/**
 * What may be asked over `castellan.sock`: who may use each verb, and what it takes. All that a keeper needs to judge a
 * request; verbs.ts adds what each verb gives, which only those who read the answers need.
 */

/**
 * `read`: any local user. `console`: root and the user at the console. `root`: root. `gateway`: the gateway alone, on its
 * own socket, with the few verbs of `gatewayVerbs` and no others.
 */
export const tiers = ['read', 'console', 'root', 'gateway'] as const;
export type Tier = (typeof tiers)[number];

export const nothing = z.strictObject({});

/**
 * Streams a client can subscribe to. `subscribe` replaces what was subscribed before; after its reply the current value
 * of each newly subscribed topic comes as an event, so that no change is missed.
 */
export const topics = ['status', 'processes', 'seats'] as const;
export const topic = z.enum(topics);
export type Topic = z.infer<typeof topic>;

export const requests = {
  'read.status': { tier: 'read', args: nothing },
  'read.processes': { tier: 'read', args: z.strictObject({ all: z._default(z.boolean(), false) }) },
  'read.history': {
    tier: 'read',
    args: z.strictObject({ range: historyRange, columns: z.int().check(z.minimum(1), z.maximum(2000)) }),
  },
  'read.doctor': { tier: 'read', args: nothing },
  'read.explain': { tier: 'read', args: nothing },
  /**
   * The policy as it was loaded, what each rule matches now and what is wrong with it. For console, as the file itself may
   * be read by nobody else.
   */
  'read.policy': { tier: 'console', args: nothing },
  /** castellan.toml as it holds: each value, whether it is written and where, and the problems of the file. */
  'read.config': { tier: 'console', args: nothing },
  /**
   * Rows of the audit log, oldest first: after `after`, or the last ones before `before` (cursors that earlier answers gave);
   * with neither the last rows of all. Digests of seats come only by their kind.
   */
  'read.log': {
    tier: 'console',
    args: z.strictObject({
      after: z.optional(text(64)),
      before: z.optional(text(64)),
      kinds: z.optional(z.array(text(64)).check(z.maxLength(32))),
      sinceMs: z.optional(z.number()),
      limit: z.int().check(z.minimum(1), z.maximum(500)),
    }),
  },
  /** What waits for approval, with the nonces that approving takes. */
  'read.pending': { tier: 'console', args: nothing },
  approve: {
    tier: 'console',
    args: z.strictObject({
      id: z.int(),
      hash: text(64),
      nonce: text(64),
      /** The second confirmation that some verbs need. */
      confirmed: z._default(z.boolean(), false),
    }),
  },
  deny: { tier: 'console', args: z.strictObject({ id: z.int(), hash: text(64) }) },
  /** "That was wrong": a plan of the dry run, or an act, that should not have been. The gate counts anew. */
  'relief.wrong': { tier: 'console', args: z.strictObject({ plan: z.int() }) },
  /** Leaves the dry run, once the gate is open, or returns to it at any time. */
  'relief.mode': { tier: 'console', args: z.strictObject({ to: z.enum(['live', 'dry_run']) }) },
  /**
   * Pauses automatic actions for so long, from now on; 0: they go on at once. Not longer than an hour: who wants that wants the
   * dry run.
   */
  'relief.pause': {
    tier: 'console',
    args: z.strictObject({ minutes: z.int().check(z.minimum(0), z.maximum(longestPauseMinutes)) }),
  },
  /** Resumes what is frozen: one freeze, or all. */
  'relief.resume': { tier: 'console', args: z.strictObject({ freeze: z.nullable(z.int()) }) },
  /** Brings back a service that was shed, also one that stays down. */
  'relief.restore': { tier: 'console', args: z.strictObject({ label: text(128) }) },
  /** Runs the service that stands in for a seat which does not run, or ends it. */
  'relief.fallback': {
    tier: 'console',
    args: z.strictObject({ seat: text(64), to: z._default(z.enum(['start', 'stop']), 'start') }),
  },
  /** Declares the wired memory that a seat left behind as accounted for. */
  'relief.clear_leak': { tier: 'console', args: nothing },
  subscribe: {
    tier: 'read',
    args: z.strictObject({ topics: z.array(topic).check(z.maxLength(topics.length)) }),
  },
  /** Services and seats, one row each. */
  'read.services': { tier: 'read', args: nothing },
  /** Whether a seat would fit now, with the sum. Changes nothing. */
  'read.preview': { tier: 'read', args: z.strictObject({ seat: text(64) }) },
  /** Loads a seat unless it serves already, and answers when it serves. Any local process may ask: admission decides. */
  'seat.ensure': {
    tier: 'read',
    args: z.strictObject({
      seat: text(64),
      /** How long to wait for memory when it does not fit now. */
      waitSeconds: z._default(z.number().check(z.minimum(0), z.maximum(30)), 0),
      /** Of the gateway, whose one connection serves many: what it takes the request back by. */
      ticket: z.optional(text(64)),
    }),
  },
  /** The same for an operator: also a seat that has failed is tried again. */
  'seat.load': { tier: 'console', args: z.strictObject({ seat: text(64), ticket: z.optional(text(64)) }) },
  /**
   * Who waited for the answer to the request with this ticket is gone: it waits for memory no more. What was begun goes on.
   * Everybody else ends the connection.
   */
  'seat.unask': { tier: 'gateway', args: z.strictObject({ ticket: text(64) }) },
  /** Unloads an on-call seat. `cut`: although requests are under way. */
  'seat.release': {
    tier: 'console',
    args: z.strictObject({
      seat: text(64),
      cut: z._default(z.boolean(), false),
      /** Of a protected seat: its name, as the operator has typed it. Anything else leaves it alone. */
      confirm: z._default(text(64), ''),
    }),
  },
  /** Keeps an idle seat loaded for so long, whatever its countdown says. */
  'seat.keep': {
    tier: 'console',
    args: z.strictObject({ seat: text(64), minutes: z.int().check(z.minimum(0), z.maximum(1440)) }),
  },
  /** What passed through the gateway to a seat since its last report. */
  'seat.traffic': {
    tier: 'gateway',
    args: z.strictObject({
      seat: text(64),
      /** Requests and connections under way now. */
      inFlight: z.int().check(z.minimum(0)),
      /** Bytes passed on, both ways. */
      bytes: z.number().check(z.nonnegative()),
      /** Calls of ensure-loaded answered from what the keeper told before. */
      ticks: z.int().check(z.minimum(0)),
    }),
  },
  /** From here on the gateway answers for the seat only what the keeper says. `used`: it was asked for since the last report. */
  'seat.closingAck': {
    tier: 'gateway',
    args: z.strictObject({ seat: text(64), closing: z.int(), used: z.boolean() }),
  },
  /** What a probe over the network found. */
  'probe.report': {
    tier: 'gateway',
    args: z.discriminatedUnion('channel', [
      z.strictObject({ seat: text(64), channel: z.literal('ready'), ok: z.boolean(), detail: text(256) }),
      z.strictObject({
        seat: text(64),
        channel: z.enum(networkChannels),
        /** Of the question, as the view has it. */
        number: z.int().check(z.minimum(1)),
        finding: findingSchema,
      }),
    ]),
  },
  /** What the gateway cannot do (a port that is taken): shown beside everything else. */
  'gateway.problems': {
    tier: 'gateway',
    args: z.strictObject({
      problems: z.array(text(256)).check(z.maxLength(16)),
      /** Where it listens now, for status and for who asked for port 0; empty: it does not. */
      listen: z._default(text(64), ''),
      /**
       * Addresses that others have, of whom the gateway has not the rights to find out who they are; `what` stands for them in
       * the sentences. The keeper looks, and puts in who it is.
       */
      taken: z._default(z.array(z.strictObject({ address: text(64), what: text(256) })).check(z.maxLength(16)), []),
    }),
  },
  /** What the advisor off this machine said, or why it did not: shown to people, and judged by nobody. */
  'advice.report': { tier: 'gateway', args: adviceReportSchema },
  /** How sending alerts goes, one row each target. */
  'push.report': {
    tier: 'gateway',
    args: z.strictObject({ targets: z.array(pushStatusSchema).check(z.maxLength(mostPushTargets)) }),
  },
  /** Sends a test to every target of alerts; what came of it is in the status. */
  'push.test': { tier: 'console', args: nothing },
  'config.reload': { tier: 'root', args: nothing },
  /**
   * Resumes what is frozen and ends, with deadman and gateway, so that launchd starts them from the files that are there now.
   * What is set in the kernel holds. For console, since it changes nothing but who runs, and fails towards more running.
   */
  'keeper.refresh': { tier: 'console', args: nothing },
  /**
   * Takes back what Castellan holds over other processes before its daemons are unregistered: resumes what is frozen, gives
   * bands and the GPU limit back, and does nothing more. For console: who may approve a kill may also leave the machine to
   * itself, and can switch the daemons off under Login Items anyway, without any of this.
   */
  'keeper.remove': { tier: 'console', args: z.strictObject({ removeData: z._default(z.boolean(), false) }) },
  'sim.set': { tier: 'console', args: z.strictObject({ key: text(64), value: text(256) }) },
} as const satisfies Readonly<Record<string, { tier: Tier; args: z.ZodMiniType }>>;

export type Verb = keyof typeof requests;

export const isVerb = (name: string): name is Verb => Object.hasOwn(requests, name);

/** Verbs that answer when what they ask for has been done, which may take seconds: all others answer at once. */
const patient: ReadonlySet<Verb> = new Set([
  'approve',
  'relief.resume',
  'relief.restore',
  'seat.release',
  'relief.fallback',
]);

/** Verbs that answer when everything that was frozen runs, one freeze after the other. */
const parting: ReadonlySet<Verb> = new Set(['keeper.refresh', 'keeper.remove']);
const partWaitMs = 25_000;

/** Verbs that answer when a seat has been loaded, or has failed to be. */
const loading: ReadonlySet<Verb> = new Set(['seat.ensure', 'seat.load']);

/** The keeper itself waits for what it carries out, milliseconds, and then says that it does not know. */
export const actWaitMs = 12_000;

/** The longest a start may take (`ready_timeout` of a seat), with the time it may wait for memory, milliseconds. */
export const loadWaitMs = 1_890_000;

/** How much longer than another verb a client waits for the answer of this one, milliseconds. */
export const patienceMs = (verb: Verb): number => {
  if (loading.has(verb)) return loadWaitMs;
  if (parting.has(verb)) return partWaitMs;
  return patient.has(verb) ? actWaitMs : 0;
};

/** All that the gateway may use, on its own socket. */
const gatewayVerbs: ReadonlySet<Verb> = new Set([
  'read.status',
  'read.services',
  'read.explain',
  'read.preview',
  'subscribe',
  'seat.ensure',
  'seat.load',
  'seat.unask',
  'seat.release',
  'seat.traffic',
  'seat.closingAck',
  'probe.report',
  'gateway.problems',
  'advice.report',
  'push.report',
]);

export const isGatewayVerb = (verb: Verb): boolean => gatewayVerbs.has(verb);

export type VerbArgs<V extends Verb> = z.input<(typeof requests)[V]['args']>;
