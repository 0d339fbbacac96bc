import { failure } from '../protocol/index.ts';
import type { Handlers } from './server/dispatch.ts';

type SeatVerb =
  | 'read.services'
  | 'read.preview'
  | 'seat.ensure'
  | 'seat.load'
  | 'seat.release'
  | 'seat.keep'
  | 'seat.traffic'
  | 'seat.closingAck'
  | 'probe.report'
  | 'gateway.problems';

const notYet = () => ({ ok: false, failure: failure('not_ready') }) as const;

export const createSeatHandlers = (): Pick<Handlers, SeatVerb> => ({
  'read.services': notYet,
  'read.preview': notYet,
  'seat.ensure': notYet,
  'seat.load': notYet,
  'seat.release': notYet,
  'seat.keep': notYet,
  'seat.traffic': notYet,
  'seat.closingAck': notYet,
  'probe.report': notYet,
  'gateway.problems': notYet,
});
