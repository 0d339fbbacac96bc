import * as z from 'zod/mini';
import './english.ts';

/** The kinds of value the schemas of the protocol are made of. */

export const notNegative = z.number().check(z.nonnegative());

/** A string of at most so many characters. */
export const text = (characters: number) => z.string().check(z.maxLength(characters));
