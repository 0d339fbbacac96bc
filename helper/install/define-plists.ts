import type { SeatConfig } from '../config/config.ts';
import type { ServiceManager } from '../host/service-manager.ts';
import { seatPlist } from './seat-plist.ts';

/** What became of the property list of one seat, in a sentence. */
export interface Defined {
  readonly seat: string;
  readonly ok: boolean;
  /** Nothing had to be done: it is there as it should be. */
  readonly isUnchanged: boolean;
  readonly text: string;
}

type Definer = Pick<ServiceManager, 'define'>;
type Tell = (level: 'notice' | 'warn', text: string) => void;

const defineOne = async (
  define: NonNullable<ServiceManager['define']>,
  { name, label }: SeatConfig,
  plist: string,
): Promise<Defined> => {
  const result = await define(label, plist);
  if (result.ok)
    return {
      seat: name,
      ok: true,
      isUnchanged: false,
      text: `The property list of ${name} (${label}) was written; its next start goes by it.`,
    };
  if (result.problem === 'already')
    return {
      seat: name,
      ok: true,
      isUnchanged: true,
      text: `The property list of ${name} (${label}) is as it should be.`,
    };
  return {
    seat: name,
    ok: false,
    isUnchanged: false,
    text: `The property list of ${name} (${label}) could not be written: ${result.detail}.`,
  };
};

/**
 * Writes the property lists of the seats that castellan.toml gives a command: at the supervisor's start, before it loads them,
 * at the keeper's, and after each reload.
 * What is written or cannot be is told; a seat that has its own list, and a host whose lists are the installer's affair,
 * are left alone. Never rejects.
 */
export const definePlists = async (
  services: Definer,
  seats: readonly SeatConfig[],
  tell: Tell,
  runDirectory: string | null,
): Promise<readonly Defined[]> => {
  const ours = seats.filter(({ command }) => command !== null);
  const define = services.define?.bind(services);
  if (ours.length === 0 || define === undefined) return [];
  const defined: Defined[] = [];
  for (const seat of ours) {
    const plist = seatPlist(seat, runDirectory);
    if (plist === null) continue;
    let one: Defined;
    try {
      one = await defineOne(define, seat, plist);
    } catch (fault) {
      const why = fault instanceof Error ? fault.message : String(fault);
      const text = `The property list of ${seat.name} (${seat.label}) could not be written: ${why}.`;
      one = { seat: seat.name, ok: false, isUnchanged: false, text };
    }
    if (!one.isUnchanged) tell(one.ok ? 'notice' : 'warn', one.text);
    defined.push(one);
  }
  return defined;
};
