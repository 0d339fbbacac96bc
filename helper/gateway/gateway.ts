import { hostname } from 'node:os';
import { join } from 'node:path';
import { gatewayFolderPath } from '../keeper/server/gateway-folder.ts';
import { gatewaySocketPath } from '../keeper/server/gateway-socket.ts';
import { gatewayTokenPath } from '../keeper/server/gateway-token.ts';
import { failure } from '../protocol/errors.ts';
import { createActivity } from './activity.ts';
import { createAdvisor } from './advisor/advisor.ts';
import { createClosings } from './closings.ts';
import { createAskSeat, type HealthTimes } from './health/ask.ts';
import { createQuestions } from './health/questions.ts';
import { createTlsFiles } from './health/tls-files.ts';
import { createApi } from './http/api.ts';
import { createEnsure } from './http/ensure.ts';
import { createListeners } from './http/listeners.ts';
import { createRoutes } from './http/routes.ts';
import { type Ask, type KeeperLink, startKeeperLink } from './keeper-link.ts';
import { createMetrics } from './metrics.ts';
import { createProblems } from './problems.ts';
import { startProxies } from './proxy/proxies.ts';
import { createDeliver } from './push/deliver.ts';
import { createPush } from './push/push.ts';
import { createQueueFile } from './push/queue-file.ts';
import type { SenderOptions } from './push/sender.ts';
import { type ReadinessTimes, startReadiness } from './readiness.ts';
import { createSeatAsks } from './seat-asks.ts';
import { createToken } from './token.ts';
import { startTrafficReports } from './traffic.ts';
import { createViewCache } from './view-cache.ts';

/** The gateway put together: what it hears from the keeper, what it tells it, and the two ways to the seats. */

export interface GatewayOptions {
  readonly runDirectory: string;
  /** The account it runs as. */
  readonly ownUid: number;
  readonly log: (text: string) => void;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
  readonly readiness?: ReadinessTimes;
  /** How long the answer to a question of health may take; tests have others. */
  readonly health?: HealthTimes;
  /** When alerts that were not taken are sent again; tests have others. */
  readonly push?: SenderOptions['times'];
  /** Wait before an address that is taken is tried again, milliseconds. */
  readonly listenAgainMs?: number;
}

export interface Gateway {
  /** Of the HTTP API, as bound; null: it does not listen now. */
  readonly address: () => string | null;
  /** Of a seat's proxy, as bound. */
  readonly proxyAddress: (seat: string) => { readonly host: string; readonly port: number } | null;
  readonly problems: () => readonly string[];
  readonly close: () => Promise<void>;
}

export const startGateway = (options: GatewayOptions): Gateway => {
  const { runDirectory, ownUid, log } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  const holder: { link: KeeperLink | null } = { link: null };
  const ask: Ask = async (verb, args) =>
    holder.link === null ? { ok: false, failure: failure('connection_lost', verb) } : holder.link.ask(verb, args);
  const isConnected = (): boolean => holder.link?.keeper() != null;

  const cache = createViewCache(nowMs);
  const problems = createProblems(ask);
  const metrics = createMetrics();
  const token = createToken(gatewayTokenPath(runDirectory));
  const activity = createActivity((seat) => reports.wake(seat));
  const reports = startTrafficReports({ activity, ask, isConnected, nowMs });
  const closings = createClosings(activity, ask);
  const readiness = startReadiness(ask, options.readiness);
  const questions = createQuestions(createAskSeat(createTlsFiles(), options.health), ask, log);
  const advisor = createAdvisor({
    ask,
    folder: gatewayFolderPath(runDirectory),
    ownUid,
    log,
    nowMs,
    wallMs: Date.now,
  });
  const push = createPush({
    ask,
    problems,
    file: createQueueFile(join(gatewayFolderPath(runDirectory), 'push.json'), log),
    deliver: createDeliver({ ownUid, host: hostname(), wallMs: Date.now }),
    nowMs,
    wallMs: Date.now,
    random: Math.random,
    ...(options.push === undefined ? {} : { times: options.push }),
  });
  const askFor = createSeatAsks(ask, metrics.asked);
  const { fromView, ensure, load } = createEnsure({ cache, closings, activity, askFor });
  const routes = createRoutes({
    ask,
    cache,
    ensure,
    load,
    flush: reports.flush,
    metrics,
    connections: () => listeners.connections(),
    proxies: () => proxies.figures(),
    isConnected,
    listen: () => listeners.address(),
    problems: problems.all,
    push: push.status,
    nowMs,
  });
  const listeners = createListeners({
    handle: createApi({ routes, cache, fromView, token, metrics, log }),
    problems,
    log,
    ...(options.listenAgainMs === undefined ? {} : { againMs: options.listenAgainMs }),
  });

  // In this order: what a seat is closed for is known before anything is answered for it.
  cache.onView(closings.onView);
  cache.onView(readiness.onView);
  cache.onView(questions.onView);
  cache.onView(advisor.onView);
  cache.onView(listeners.onView);
  cache.onView(push.onView);
  const proxies = startProxies({
    view: cache.view,
    onView: cache.onView,
    ensure: async (name, left) => {
      const seat = cache.seat(name);
      return seat === null
        ? { ok: false, failure: failure('connection_lost', 'the keeper has said nothing of it for 5 s') }
        : ensure(seat, 0, left);
    },
    activity,
    log: { warn: log },
    problem: (seat, text, taken) => problems.set(`proxy ${seat}`, text, taken),
    nowMs,
  });

  holder.link = startKeeperLink({
    socketPath: gatewaySocketPath(runDirectory),
    ownUid,
    onView: cache.take,
    onConnected: () => {
      token.refresh();
      problems.tell();
      push.tell();
      advisor.tell();
      reports.begin();
    },
    onLost: () => {
      questions.forget();
      log('the connection to the keeper is lost');
    },
    log,
  });

  return {
    address: listeners.address,
    proxyAddress: (seat) => proxies.address(seat),
    problems: problems.all,
    close: async () => {
      readiness.close();
      push.close();
      questions.forget();
      reports.close();
      await Promise.all([advisor.close(), listeners.close(), proxies.close()]);
      holder.link?.close();
    },
  };
};
