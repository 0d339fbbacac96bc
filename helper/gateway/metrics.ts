import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Registry from 'prom-client/lib/registry.js';
import type { PushStatus } from '../protocol/push.ts';
import type { Status } from '../protocol/status.ts';
import { createStatusMetrics, setKnown } from './metrics-status.ts';
import type { ProxyFigures } from './proxy/proxies.ts';
import { createPushMetrics } from './push/metrics.ts';

/** `/metrics`: the status in the text format of Prometheus, and what the gateway itself has done. Sizes are bytes. */

export interface GatewayFigures {
  /** To the HTTP API. */
  readonly connections: number;
  readonly viewAgeSeconds: number | null;
  readonly problems: number;
  readonly proxies: readonly ProxyFigures[];
  readonly push: readonly PushStatus[];
}

export interface Metrics {
  readonly contentType: string;
  /** One request was answered. Cheap: it is counted here and handed on when somebody asks. */
  readonly answered: (route: string, status: number) => void;
  /** The keeper was asked for a seat; `outcome` is that of its answer, or the code of its failure. */
  readonly asked: (seat: string, outcome: string) => void;
  readonly text: (status: Status, figures: GatewayFigures) => Promise<string>;
}

/** Counts by two words. */
interface Tally {
  readonly add: (first: string, second: string) => void;
  readonly each: (tell: (first: string, second: string, count: number) => void) => void;
}

const createTally = (): Tally => {
  const all = new Map<string, Map<string, number>>();
  return {
    add: (first, second) => {
      const counts = all.get(first) ?? new Map<string, number>();
      if (counts.size === 0) all.set(first, counts);
      counts.set(second, (counts.get(second) ?? 0) + 1);
    },
    each: (tell) => {
      for (const [first, counts] of all) for (const [second, count] of counts) tell(first, second, count);
    },
  };
};

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  const setStatus = createStatusMetrics(registry);
  const gauge = (name: string, help: string) => new Gauge({ name: `castellan_gateway_${name}`, help, registers });
  const connections = gauge('connections', 'Open connections to the HTTP API.');
  const viewAge = gauge('view_age_seconds', 'Since the gateway heard of the seats from the keeper.');
  const problems = gauge('problems', 'What the gateway cannot do now, such as listening at a port that is taken.');
  const requests = new Counter({
    name: 'castellan_gateway_requests_total',
    help: 'Requests answered by the HTTP API, by route and status.',
    labelNames: ['route', 'status'],
    registers,
  });
  const asks = new Counter({
    name: 'castellan_gateway_seat_asks_total',
    help: 'Times the keeper was asked for a seat that did not serve, by what came of it.',
    labelNames: ['seat', 'outcome'],
    registers,
  });
  const proxyConnections = new Gauge({
    name: 'castellan_proxy_connections',
    help: 'Open connections to the proxy of a seat.',
    labelNames: ['seat'],
    registers,
  });
  const proxyBytes = new Counter({
    name: 'castellan_proxy_bytes_total',
    help: 'Bytes passed on by the proxy of a seat.',
    labelNames: ['seat', 'direction'],
    registers,
  });

  const setPush = createPushMetrics(registry);

  const answered = createTally();
  const asked = createTally();

  const setOwn = (figures: GatewayFigures): void => {
    connections.set(figures.connections);
    setKnown(viewAge, figures.viewAgeSeconds);
    problems.set(figures.problems);
    setPush(figures.push);
    for (const one of [requests, asks, proxyConnections, proxyBytes]) one.reset();
    answered.each((route, status, count) => requests.inc({ route, status }, count));
    asked.each((seat, outcome, count) => asks.inc({ seat, outcome }, count));
    for (const { seat, connections: open, bytes } of figures.proxies) {
      proxyConnections.set({ seat }, open);
      proxyBytes.inc({ seat, direction: 'to_seat' }, bytes.to_seat);
      proxyBytes.inc({ seat, direction: 'from_seat' }, bytes.from_seat);
    }
  };

  return {
    contentType: registry.contentType,
    answered: (route, status) => answered.add(route, `${status}`),
    asked: asked.add,
    text: (status, figures) => {
      setStatus(status);
      setOwn(figures);
      return registry.metrics();
    },
  };
};
