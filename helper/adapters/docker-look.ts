import { type Engine, findEngine } from './docker-engine.ts';
import {
  type Inspected,
  inspectSchema,
  listSchema,
  lookOf,
  publishedPorts,
  type Stats,
  statsSchema,
} from './docker-forms.ts';
import { noteOfForwards } from './docker-lima.ts';
import { type HostPort, lookAtPorts } from './docker-ports.ts';
import { type ContainerLook, type LookReply, mostContainers } from './docker-wire.ts';
import { type AdapterProblem, plainNote, problem } from './wire.ts';

/** A look at everything that runs: list, inspect, statistics of a moment, and whether what is published can be reached. */

/** The API has no request for all at once; more at a time only queue up in the engine. */
const atATime = 4;
/** What ports and the reply need. */
const reserveMs = 1_500;

/** One that is paused does not count as running there, and has not ended. */
const running = encodeURIComponent(JSON.stringify({ status: ['running', 'paused'] }));

const listIds = async ({
  call,
}: Engine): Promise<{ readonly ok: true; readonly ids: readonly string[] } | AdapterProblem> => {
  const answer = await call('GET', `/containers/json?filters=${running}`);
  if (!answer.ok) return answer;
  const read = listSchema.safeParse(answer.json);
  return answer.status === 200 && read.success
    ? { ok: true, ids: [...new Set(read.data.map(({ Id }) => Id))] }
    : problem('not_understood', `what it answered (${answer.status}) is no list of containers`);
};

/** Null: gone meanwhile, or not to be understood. */
export const inspect = async ({ call }: Engine, id: string): Promise<Inspected | 'absent' | null> => {
  const answer = await call('GET', `/containers/${id}/json`);
  if (!answer.ok) return null;
  if (answer.status === 404) return 'absent';
  const read = inspectSchema.safeParse(answer.json);
  return answer.status === 200 && read.success && read.data.Id === id ? read.data : null;
};

export const readStats = async ({ call, hasOneShot }: Engine, id: string): Promise<Stats | null> => {
  const answer = await call('GET', `/containers/${id}/stats?stream=false${hasOneShot ? '&one-shot=true' : ''}`);
  if (!answer.ok || answer.status !== 200) return null;
  const read = statsSchema.safeParse(answer.json);
  return read.success ? read.data : null;
};

interface Seen {
  readonly id: string;
  readonly inspected: Inspected;
  readonly stats: Stats | null;
}

const lookAtEach = async (engine: Engine, ids: readonly string[], leftMs: () => number): Promise<readonly Seen[]> => {
  const seen: Seen[] = [];
  const queue = ids.values();
  const work = async (): Promise<void> => {
    for (const id of queue) {
      if (leftMs() < reserveMs) return;
      const inspected = await inspect(engine, id);
      if (inspected === null || inspected === 'absent' || !inspected.State.Running) continue;
      // Without time for it a container still counts, as one of which nothing is known.
      seen.push({ id, inspected, stats: leftMs() < reserveMs ? null : await readStats(engine, id) });
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return seen;
};

export const look = async (
  sockets: readonly string[],
  knownPorts: readonly HostPort[],
  home: string,
  leftMs: () => number,
): Promise<LookReply | AdapterProblem> => {
  const engine = await findEngine(sockets, () => leftMs() - reserveMs);
  if (!engine.ok) {
    const { why, note } = engine;
    return {
      ok: true,
      op: 'look',
      engine: null,
      why,
      ports: [...(await lookAtPorts(knownPorts))],
      note: plainNote(note),
    };
  }
  const list = await listIds(engine);
  if (!list.ok) return list;
  const seen = await lookAtEach(engine, list.ids.slice(0, mostContainers), leftMs);
  const containers = await Promise.all(
    seen.map(async ({ id, inspected, stats }) =>
      lookOf(id, inspected, stats, [...(await lookAtPorts(publishedPorts(inspected)))]),
    ),
  );
  const named = containers.filter((each): each is ContainerLook => each !== null);
  const isClosed = named.some(({ ports }) => ports.some(({ open }) => open === false));
  const { socket, version, api } = engine;
  return {
    ok: true,
    op: 'look',
    engine: { socket: socket.replaceAll(/[^ -~]/g, '?').slice(0, 200), version, api },
    containers: named,
    left: list.ids.length - named.length,
    note: plainNote(isClosed ? noteOfForwards(socket, home) : ''),
  };
};
