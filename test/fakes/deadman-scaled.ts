/** The deadman's role with shorter times: `deadman-scaled.ts FACTOR --run-dir DIR`. The real one takes no such option. */
import { runDeadman } from '../../helper/deadman/role.ts';
import { scaledTimes } from './deadman-times.ts';

const [factor, ...rest] = process.argv.slice(2);
process.exitCode = await runDeadman(rest, scaledTimes(Number(factor)));
