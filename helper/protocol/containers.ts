import * as z from 'zod/mini';
import { notNegative, text } from './values.ts';

/** Containers that Castellan may stop when they idle, and those whose ports of this machine are closed. */

/** Room for as many in a status; the others are counted. */
export const listedContainers = 16;

/**
 * `working`: it used CPU or network between the last two looks. `idle`: it did not. `unknown`: it has been looked at once, or its
 * engine does not tell. `kept`: on the list of those that stay. `stopping`: told to stop, and not seen to have exited yet.
 * `stopped`: by us, within the last half hour.
 */
export const containerStates = ['working', 'idle', 'unknown', 'kept', 'stopping', 'stopped'] as const;
export type ContainerStateName = (typeof containerStates)[number];

export const containerRowSchema = z.strictObject({
  name: text(128),
  state: z.enum(containerStates),
  /** How long it has been idle, or stopped; null: neither. */
  forSeconds: z.nullable(notNegative),
  /** Why it is not stopped, in words; empty: it is, or will be at the next occasion, or is not offered for it. */
  why: text(160),
  /** The label or castellan.toml offers it for stopping; false: it is listed for a port that is closed. */
  isOffered: z.boolean(),
  /** Published ports of this machine that are closed although it runs. */
  closedPorts: z.array(z.int()),
  /** As its engine counts; it stays with the virtual machine when it is stopped. */
  memoryBytes: z.nullable(notNegative),
});
export type ContainerRow = z.infer<typeof containerRowSchema>;

export const containersStatusSchema = z.strictObject({
  /** `unknown`: not looked yet. Unreachable, nothing is known of containers, and nothing is stopped. */
  engine: z.strictObject({
    state: z.enum(['unknown', 'reachable', 'unreachable']),
    socket: z.nullable(text(256)),
    /** Why it cannot be reached; empty otherwise. */
    detail: text(256),
  }),
  /** So many run, as far as that is known. */
  running: z.int().check(z.minimum(0)),
  /** So long one must have idled to be stopped. */
  idleSeconds: notNegative,
  list: z.array(containerRowSchema),
  /** Beside those of the list. */
  omitted: z.int().check(z.minimum(0)),
});
export type ContainersStatus = z.infer<typeof containersStatusSchema>;
