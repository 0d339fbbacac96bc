import type { Handlers } from '../../helper/keeper/server/dispatch.ts';
import { failure } from '../../helper/protocol/index.ts';
import { sampleSeat } from './sample-seat.ts';

const unknownSeat = { ok: false, failure: failure('unknown_seat') } as const;
const nothing = { ok: true, result: {} } as const;
const { name: seat, state } = sampleSeat();

/** Answers of a keeper with the one seat of `sampleSeat`, which serves. */
export const seatAnswers = {
  'read.services': () => ({ ok: true, result: { services: [] } }),
  'read.preview': () => unknownSeat,
  'seat.ensure': () => ({
    ok: true,
    result: { seat, outcome: 'ready', state, admission: null, retryAfterSeconds: null, said: `${seat} serves.` },
  }),
  'seat.load': () => unknownSeat,
  'seat.unask': () => nothing,
  'seat.release': () => ({ ok: false, failure: failure('seat_protected') }),
  'seat.keep': () => ({ ok: true, result: { said: `${seat} stays.` } }),
  'seat.traffic': () => nothing,
  'seat.closingAck': () => nothing,
  'probe.report': () => nothing,
  'gateway.problems': () => nothing,
  'advice.report': () => nothing,
} as const satisfies Partial<Handlers>;
