// What `npm start` takes. Parsed before the set-up, so that a typing error costs no installation. Built-ins only.
import { parseArgs } from 'node:util';

export const usage = `npm start -- [options]: deadman, keeper, gateway and app in development mode, with your own rights

  --seconds N     end by itself N seconds after the first reading
  --host sim      show the simulated Mac instead of this machine
  --run-dir DIR   socket and state in DIR
  --config FILE   configuration to use instead of the run directory's
  --no-app        no menu-bar app: live status in the terminal, as without a display
  --help          this text

Ctrl-C ends all it started, deadman and services last; a second Ctrl-C does not wait for services that do not end.
A second npm start joins the first.`;

export const hasDisplay = (platform, env) =>
  platform === 'darwin' || (platform === 'linux' && Boolean(env.DISPLAY || env.WAYLAND_DISPLAY));

const hostOf = { darwin: 'darwin', linux: 'linux' };

/** Never throws: `{ kind: 'run', … }`, `{ kind: 'help' }` or `{ kind: 'wrong', problem }`. */
export function parseStart(argv, platform = process.platform, env = process.env) {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        seconds: { type: 'string' },
        host: { type: 'string' },
        'run-dir': { type: 'string' },
        config: { type: 'string' },
        'no-app': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    return { kind: 'wrong', problem: error.message.split('. ')[0] };
  }
  if (values.help) return { kind: 'help' };
  const seconds = values.seconds === undefined ? null : Number(values.seconds);
  if (seconds !== null && !(seconds > 0 && seconds <= 86_400)) {
    return { kind: 'wrong', problem: `--seconds takes a number above 0 and up to 86400, not "${values.seconds}"` };
  }
  const host = values.host ?? hostOf[platform];
  if (host !== 'sim' && host !== hostOf[platform]) {
    return {
      kind: 'wrong',
      problem: `--host takes ${hostOf[platform] ?? 'no host of this machine'} or sim, not "${host}"`,
    };
  }
  return {
    kind: 'run',
    seconds,
    host,
    runDirectory: values['run-dir'] ?? null,
    config: values.config ?? null,
    app: !values['no-app'] && hasDisplay(platform, env),
  };
}
