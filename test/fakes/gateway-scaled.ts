/** The gateway's role with shorter times for questions of health: `gateway-scaled.ts FACTOR gateway --run-dir DIR`. The real one takes no such option. */
import { healthTimes } from '../../helper/gateway/health/ask.ts';
import { runGateway } from '../../helper/gateway/role.ts';

const [factor, , ...rest] = process.argv.slice(2);
const scale = Number(factor);
process.exitCode = await runGateway(rest, {
  health: { cheap: healthTimes.cheap, inference: healthTimes.inference * scale },
});
