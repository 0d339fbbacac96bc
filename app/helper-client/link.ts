import type { Socket } from 'node:net';
import { type Failure, failure } from '../../helper/protocol/errors.ts';
import { createSession, type Ready, type Session } from '../../helper/protocol/session.ts';
import type { ProcessList, Topic } from '../../helper/protocol/verbs.ts';
import type { Place } from '../run-directory.ts';
import type { StateEvent } from '../state.ts';
import { openSocket, socketFailure } from './socket.ts';
import { backOffMs, type SilenceClock, silenceAfterMs, startSilenceClock } from './timing.ts';

/**
 * The app's one connection to the keeper: made, watched, and made again for as long as the app lives. It only ever
 * reads; nothing here starts or stops the keeper.
 */

export interface HelperLink {
  readonly request: Session['request'];
  /**
   * The process table is followed, too: that is how the keeper knows to read it at every sample. Without, only the status
   * comes.
   */
  wantProcesses(wanted: boolean): void;
  /** Tries at once, and afresh when the connection is open but silent. */
  retry(): void;
  stop(): void;
}

export interface LinkOptions {
  readonly place: Place;
  readonly tell: (event: StateEvent) => void;
  /** Wall time, ms since 1970. */
  readonly nowMs: () => number;
  readonly log: (line: string) => void;
  readonly onProcesses?: (list: ProcessList) => void;
  /** Past each handshake: who answers, and of which version. */
  readonly onWelcome?: (ready: Ready) => void;
  readonly silenceAfterMs?: number;
  /** Wait before the next try, ms; tests have others. */
  readonly backOff?: (failures: number) => number;
  /** For tests of version skew. */
  readonly protocol?: number;
}

const topicsFor = (withProcesses: boolean): Topic[] => (withProcesses ? ['status', 'processes'] : ['status']);

interface Attempt {
  readonly session: Session;
  readonly socket: Socket;
  /** Null before it. */
  welcome: Ready | null;
  silent: boolean;
  clock: SilenceClock | null;
  heardAtMs: number;
}

export const startHelperLink = (options: LinkOptions): HelperLink => {
  const { place, tell, nowMs, log } = options;
  let current: Attempt | null = null;
  let failures = 0;
  let waiting: NodeJS.Timeout | null = null;
  let withProcesses = false;
  let stopped = false;
  let lastLogged = '';

  /** The same failure every three seconds for a night is one line. */
  const logOnce = (line: string): void => {
    if (line !== lastLogged) log(line);
    lastLogged = line;
  };

  const ended = (why: Failure, helperVersion: string | null): void => {
    current?.clock?.stop();
    current?.socket.destroy();
    current = null;
    tell({ kind: 'closed', failure: why, atMs: nowMs(), helperVersion });
    logOnce(`helper: ${why.code} ${why.detail}`);
    if (stopped) return;
    failures += 1;
    waiting = setTimeout(attempt, (options.backOff ?? backOffMs)(failures));
  };

  const subscribe = async (attempt: Attempt): Promise<void> => {
    const answer = await attempt.session.request('subscribe', { topics: topicsFor(withProcesses) });
    if (current !== attempt) return;
    const version = attempt.welcome?.helperVersion ?? null;
    if (answer.ok) {
      // Only now: a keeper that welcomes and then refuses is not asked ever faster.
      failures = 0;
      logOnce(`helper: connected to ${version} as ${attempt.welcome?.tier}`);
    } else if (answer.failure.code === 'answer_timeout') {
      // A keeper that is late may still answer; one that hangs is found silent.
      logOnce(`helper: subscribe, ${answer.failure.code}`);
    } else {
      // Connected without a subscription, nothing would ever come.
      attempt.session.close();
      ended(answer.failure, version);
    }
  };

  const welcomed = (attempt: Attempt): void => {
    attempt.heardAtMs = nowMs();
    attempt.clock = startSilenceClock(() => {
      attempt.silent = true;
      tell({ kind: 'silent', sinceMs: attempt.heardAtMs });
      logOnce('helper: silent');
    }, options.silenceAfterMs ?? silenceAfterMs);
    // The keeper sends the current value of each topic after its reply: no change is missed, nothing is asked twice.
    void subscribe(attempt);
  };

  const attempt = (): void => {
    waiting = null;
    const opened = openSocket(place, (bytes) => session.receive(bytes));
    if (!opened.ok) {
      ended(opened.failure, null);
      return;
    }
    const { socket } = opened;
    const session = createSession({
      client: 'app',
      ...(options.protocol === undefined ? {} : { protocol: options.protocol }),
      send: (bytes) => {
        if (!socket.destroyed) socket.write(bytes);
      },
      onReady: (welcome) => {
        mine.welcome = welcome;
        tell({ kind: 'ready', tier: welcome.tier });
        welcomed(mine);
        options.onWelcome?.(welcome);
      },
      onEvent: (topic, data) => {
        if (topic === 'processes') options.onProcesses?.(data);
        if (topic !== 'status') return;
        mine.silent = false;
        mine.heardAtMs = nowMs();
        mine.clock?.heard();
        tell({ kind: 'status', status: data, atMs: mine.heardAtMs });
      },
      onClosed: (why, helper) => {
        if (current === mine) ended(why, helper?.version ?? null);
      },
    });
    const mine: Attempt = { session, socket, welcome: null, silent: false, clock: null, heardAtMs: 0 };
    current = mine;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const refusal = socketFailure(error.code);
      if (refusal === null) session.transportClosed(error.code ?? error.message);
      else if (current === mine) {
        session.close();
        ended(refusal, null);
      }
    });
    socket.on('close', () => session.transportClosed());
  };

  const retry = (): void => {
    if (stopped) return;
    if (waiting !== null) {
      clearTimeout(waiting);
      failures = 0;
      attempt();
    } else if (current?.silent === true) {
      current.session.close();
      current.clock?.stop();
      current.socket.destroy();
      current = null;
      failures = 0;
      attempt();
    }
  };

  attempt();
  return {
    request: async (verb, args) =>
      current === null ? { ok: false, failure: failure('not_running', verb) } : current.session.request(verb, args),
    wantProcesses: (wanted) => {
      if (wanted === withProcesses) return;
      withProcesses = wanted;
      if (current !== null && current.welcome !== null) void subscribe(current);
    },
    retry,
    stop: () => {
      stopped = true;
      if (waiting !== null) clearTimeout(waiting);
      waiting = null;
      current?.clock?.stop();
      current?.session.close();
      current?.socket.destroy();
      current = null;
    },
  };
};
