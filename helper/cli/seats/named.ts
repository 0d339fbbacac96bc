import type { SeatStatus } from '../../protocol/seats.ts';
import type { Client } from '../client.ts';
import { type Parsed, usage } from '../command.ts';

/** The seat that is typed: as long as the wire takes, and found without regard to case, by which no two seats differ. */

const longest = 64;

export type Named =
  | { readonly ok: true; readonly seat: string }
  | { readonly ok: false; readonly wrong: ReturnType<typeof usage> };

export const seatNamed = ({ positionals }: Parsed): Named => {
  const [seat = ''] = positionals;
  if (seat === '') return { ok: false, wrong: usage('SEAT is empty') };
  return seat.length > longest
    ? { ok: false, wrong: usage(`SEAT has at most ${longest} characters`) }
    : { ok: true, seat };
};

export const findSeat = <T extends Pick<SeatStatus, 'name'>>(seats: readonly T[], name: string): T | undefined =>
  seats.find((each) => each.name === name) ?? seats.find((each) => each.name.toLowerCase() === name.toLowerCase());

/** Its name as castellan.toml has it; as it was typed where there is none, so that the keeper says so. */
export const properName = async (client: Client, name: string): Promise<string> => {
  const listed = await client.request('read.services', {});
  if (!listed.ok) return name;
  const seats = listed.result.services.filter(({ kind }) => kind === 'seat');
  return findSeat(seats, name)?.name ?? name;
};
