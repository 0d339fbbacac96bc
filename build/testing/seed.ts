/** Loaded before test files that use fast-check: all properties of a run start from the seed the run printed. */
import fc from 'fast-check';

const seed = Number(process.env.CASTELLAN_SEED);
if (Number.isInteger(seed)) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
