import { existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { configPath, prepareRunDirectory } from '../../helper/keeper/life/run-directory.ts';

/** The configuration `npm start` writes where there is none: one small seat, so that all of it can be tried at once. */

export interface DemoPorts {
  /** Of the HTTP API. */
  readonly api: number;
  /** Connections to this one start the seat. */
  readonly proxy: number;
  /** The seat's own. */
  readonly seat: number;
}

export const demoPorts: DemoPorts = { api: 2189, proxy: 1340, seat: 1341 };
export const demoSeat = 'demo';

/** Strings of TOML that need no escapes but these (toml.io, basic strings). */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** One's own; a model server never runs as root. */
const account = (): string => (process.getuid?.() === 0 ? 'nobody' : userInfo().username);

export const demoConfig = (
  root: string,
  node: string,
  { api, proxy, seat }: DemoPorts,
): string => `# Written by \`npm start\`, which leaves it alone from now on. docs/castellan.example.toml says what else there is.

[api]
listen = "127.0.0.1:${api}"

# A small server that holds 200 MB and takes 3 s to load. Try:
#   curl -X POST http://127.0.0.1:${api}/ensure-loaded/${demoSeat}
#   curl http://127.0.0.1:${proxy}/v1/models        # starts it, too
[[seat]]
name = "${demoSeat}"
class = "on_call"
label = "com.sanctum.castellan.demo.dev"
peak = "320 MB"
note = "a demonstration"
idle = "60 s"
ready = { url = "http://127.0.0.1:${seat}/health" }
ready_timeout = "30 s"
drain = "5 s"
user = ${quoted(account())}
command = [${quoted(node)}, ${quoted(path.join(root, 'build', 'start', 'demo-seat.ts'))}, "--port", "${seat}"]
wired_argument = []
proxy = { listen = "127.0.0.1:${proxy}", target = "127.0.0.1:${seat}" }
[seat.health]
list = ["http://127.0.0.1:${seat}/v1/models"]
chat = "http://127.0.0.1:${seat}/v1/chat/completions"
`;

/** Writes it unless there is one. Returns where it was written, or null: nothing was. Whatever is wrong, the keeper says. */
export const writeDemoConfig = (root: string, runDirectory: string): string | null => {
  const prepared = prepareRunDirectory(runDirectory, process.getuid?.() ?? 0);
  if (!prepared.ok) return null;
  const file = configPath(prepared.path);
  if (path.dirname(file) !== prepared.path || existsSync(file)) return null;
  try {
    writeFileSync(file, demoConfig(root, process.execPath, demoPorts), { flag: 'wx', mode: 0o644 });
    return file;
  } catch {
    return null;
  }
};
