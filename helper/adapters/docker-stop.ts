import { type Engine, findEngine } from './docker-engine.ts';
import { cpuMsOf, networkBytesOf } from './docker-forms.ts';
import { inspect, readStats } from './docker-look.ts';
import { type DockerReply, type DockerRequest, stopSeconds } from './docker-wire.ts';
import { plainNote, problem } from './wire.ts';

/** Stopping: is it the run that was judged, and still idle; ask; and look again until it has exited or the time is up. */

type StopRequest = Extract<DockerRequest, { op: 'stop' }>;

const againMs = 250;
/** What the last look and the reply need. */
const reserveMs = 600;

const seen = (what: Extract<DockerReply, { op: 'stop' }>['seen'], note = ''): DockerReply => ({
  ok: true,
  op: 'stop',
  seen: what,
  note: plainNote(note),
});

type Found = 'same' | 'busy' | 'absent' | 'changed' | 'unknown';

const stateOf = async (engine: Engine, { id, startedAt }: StopRequest): Promise<Exclude<Found, 'busy'>> => {
  const now = await inspect(engine, id);
  if (now === null) return 'unknown';
  if (now === 'absent' || !now.State.Running) return 'absent';
  return now.State.StartedAt === startedAt ? 'same' : 'changed';
};

/** What cannot be read any more counts as work. */
const isBusy = async (engine: Engine, { id, mostCpuMs, mostNetworkBytes }: StopRequest): Promise<boolean> => {
  const [stats, now] = [await readStats(engine, id), await inspect(engine, id)];
  if (now === null || now === 'absent') return true;
  const [cpuMs, networkBytes] = [cpuMsOf(stats), networkBytesOf(stats, now)];
  return cpuMs === null || networkBytes === null || cpuMs > mostCpuMs || networkBytes > mostNetworkBytes;
};

export const stop = async (
  sockets: readonly string[],
  request: StopRequest,
  leftMs: () => number,
  sleep: (ms: number) => Promise<void>,
): Promise<DockerReply> => {
  const engine = await findEngine(sockets, leftMs);
  if (!engine.ok) return problem('unreachable', engine.note);
  const before = await stateOf(engine, request);
  if (before === 'unknown') return problem('not_understood', 'what it says of the container cannot be read');
  if (before !== 'same') return seen(before);
  if (await isBusy(engine, request)) return seen('busy');

  // Without an answer it may have been heard all the same: the engine goes on when nobody waits any more (moby, daemon/stop.go).
  const asked = await engine.call('POST', `/containers/${request.id}/stop?t=${stopSeconds}`, leftMs() - reserveMs);
  if (asked.ok && asked.status === 404) return seen('absent');
  // 204: stopped, and 304: it was already. Whether that is so is looked at.
  if (asked.ok && asked.status !== 204 && asked.status !== 304)
    return problem('refused', `it answered ${asked.status} when it was asked to stop it`);

  let last: 'running' | 'unknown' = 'unknown';
  while (leftMs() > 0) {
    const now = await stateOf(engine, request);
    if (now === 'absent') return seen('exited');
    if (now === 'changed') return seen('running', 'something has started it again');
    if (now === 'same') last = 'running';
    if (leftMs() <= reserveMs) break;
    await sleep(againMs);
  }
  return seen(last);
};
