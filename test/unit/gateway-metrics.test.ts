import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { createMetrics } from '../../helper/gateway/metrics.ts';
import type { ChannelStatus, HealthStatus } from '../../helper/protocol/health.ts';
import { http } from '../fakes/gateway-http.ts';
import { sampleGatewaySeat, startGatewayKeeper, startTestGateway } from '../fakes/gateway-keeper.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { sampleStatus } from '../fakes/sample-status.ts';

interface Family {
  readonly help: string;
  readonly type: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const labelsOf = (text: string): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const found = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest);
    assert.ok(found?.[1] !== undefined && found[2] !== undefined, `labels: ${rest}`);
    assert.ok(!(found[1] in labels), `label twice: ${found[1]}`);
    labels[found[1]] = found[2].replace(/\\(["\\n])/g, (_, one: string) => (one === 'n' ? '\n' : one));
    rest = rest.slice(found[0].length);
  }
  return labels;
};

/**
 * The text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): HELP and TYPE once before the samples
 * of a family, which stand together; each labelled sample once; the last line ends with a line feed.
 */
const parseMetrics = (text: string): ReadonlyMap<string, Family> => {
  assert.ok(text.endsWith('\n'));
  const families = new Map<string, { help: string; type: string; samples: Family['samples'][number][] }>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, about, rest] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (about !== undefined && rest !== undefined) {
      const known = families.get(about);
      if (kind === 'HELP') {
        assert.ok(known === undefined, `HELP twice: ${about}`);
        families.set(about, { help: rest, type: '', samples: [] });
      } else {
        assert.ok(known !== undefined && known.type === '' && known.samples.length === 0, line);
        assert.match(rest, /^(counter|gauge)$/);
        known.type = rest;
      }
      current = about;
      continue;
    }
    const [, name, labels = '', value] =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?\d+)?)$/.exec(line) ?? [];
    assert.ok(name !== undefined && value !== undefined, `no sample: ${line}`);
    assert.equal(name, current, 'samples of a family stand together');
    const key = `${name}{${labels}}`;
    assert.ok(!seen.has(key), `sample twice: ${key}`);
    seen.add(key);
    families.get(name)?.samples.push({ labels: labelsOf(labels), value: Number(value) });
  }
  return families;
};

const channel = (change: Partial<ChannelStatus>): ChannelStatus => ({
  channel: 'cheap',
  state: 'pass',
  strikes: 0,
  limit: 3,
  last: { ok: true, code: 'ok', detail: '', ms: 25, agoSeconds: 10 },
  okAgoSeconds: 10,
  waits: null,
  ...change,
});

const health: HealthStatus = {
  verdict: 'zombie',
  forSeconds: 60,
  said: 'It accepts connections and does no work.',
  channels: [
    channel({}),
    channel({
      channel: 'inference',
      state: 'fail',
      strikes: 2,
      limit: 2,
      last: { ok: false, code: 'timeout', detail: 'does not answer', ms: null, agoSeconds: 5 },
    }),
    channel({ channel: 'integrity', state: 'off', last: null, okAgoSeconds: null }),
  ],
};

const figures = {
  connections: 3,
  viewAgeSeconds: 0.5,
  problems: 1,
  push: [],
  proxies: [{ seat: 'Cilghal', connections: 2, bytes: { to_seat: 10, from_seat: 2_000 } }],
};

describe('/metrics', () => {
  test('is the text format, with what the status says', async () => {
    const metrics = createMetrics();
    metrics.answered('status', 200);
    metrics.answered('status', 200);
    metrics.answered('none', 403);
    metrics.asked('Codestral', 'needs_shedding');
    metrics.asked('Codestral', 'needs_shedding');
    metrics.asked('Codestral', 'ready');
    const odd = 'a "b" \\ c\nd';
    const status = sampleStatus({
      seats: [sampleSeat({ health }), sampleSeat({ name: odd, state: 'idle', band: null })],
    });
    const families = parseMetrics(await metrics.text(status, figures));
    const value = (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
      families
        .get(`castellan_${name}`)
        ?.samples.find((one) => Object.entries(labels).every(([key, text]) => one.labels[key] === text))?.value;
    assert.equal(value('memory_total_bytes'), status.machine.totalBytes);
    assert.equal(value('memory_available_bytes'), status.machine.availableBytes);
    assert.equal(value('seat_footprint_bytes', { seat: 'Cilghal' }), sampleSeat().footprintBytes);
    assert.equal(value('seat_state', { seat: odd, state: 'idle' }), 1);
    assert.equal(value('seat_state', { seat: odd, state: 'ready' }), 0);
    assert.equal(value('seat_band_state', { seat: 'Cilghal', state: 'held' }), 1);
    assert.equal(value('seat_band_state', { seat: 'Cilghal', state: 'drifted' }), 0);
    assert.equal(value('seat_band_state', { seat: odd }), undefined, 'a seat without a band has none');
    assert.equal(value('seat_health', { seat: 'Cilghal', verdict: 'zombie' }), 1);
    assert.equal(value('seat_health', { seat: 'Cilghal', verdict: 'healthy' }), 0);
    assert.equal(value('seat_health', { seat: odd }), undefined, 'nothing is asked of it');
    assert.equal(value('probe_strikes', { seat: 'Cilghal', channel: 'inference' }), 2);
    assert.equal(value('probe_seconds', { seat: 'Cilghal', channel: 'cheap' }), 0.025);
    assert.equal(value('probe_seconds', { seat: 'Cilghal', channel: 'inference' }), undefined, 'it did not answer');
    assert.equal(value('probe_strikes', { seat: 'Cilghal', channel: 'integrity' }), undefined, 'it is off');
    assert.equal(value('seat_proposed_peak_bytes'), undefined, 'what is not known is not there');
    assert.equal(value('relief_proposals'), status.relief.pending.length);
    assert.equal(value('sample_gaps_total'), status.gaps.count);
    assert.equal(value('keeper_footprint_bytes'), status.keeper.footprintBytes);
    assert.equal(value('gateway_seat_asks_total', { seat: 'Codestral', outcome: 'needs_shedding' }), 2);
    assert.equal(value('gateway_problems'), 1);
    assert.equal(value('proxy_connections', { seat: 'Cilghal' }), 2);
    assert.equal(value('proxy_bytes_total', { seat: 'Cilghal', direction: 'from_seat' }), 2_000);
    assert.equal(value('gateway_requests_total', { route: 'status', status: '200' }), 2);
    assert.equal(value('gateway_connections'), 3);
    assert.equal(families.get('castellan_gateway_requests_total')?.type, 'counter');
    for (const [name, { help, type }] of families) {
      assert.ok(help.length > 0 && type !== '', name);
      // Prometheus' own rule (prometheus.io/docs/practices/naming): what only grows is called a total, and nothing else.
      assert.equal(name.endsWith('_total'), type === 'counter', name);
    }
  });

  test('forgets seats that are no more, and does not count twice what was scraped twice', async () => {
    const metrics = createMetrics();
    metrics.answered('status', 200);
    await metrics.text(sampleStatus({ seats: [sampleSeat()] }), figures);
    const families = parseMetrics(
      await metrics.text(sampleStatus({ seats: [] }), { ...figures, viewAgeSeconds: null }),
    );
    assert.deepEqual(families.get('castellan_gateway_view_age_seconds')?.samples, []);
    assert.deepEqual(families.get('castellan_seat_state')?.samples, []);
    assert.equal(families.get('castellan_gateway_requests_total')?.samples[0]?.value, 1);
    assert.equal(families.get('castellan_sample_gaps_total')?.samples[0]?.value, sampleStatus().gaps.count);
  });

  test('is served as what it is, and as promtool would have it where there is one', async (t) => {
    const keeper = await startGatewayKeeper(t, { seats: [sampleGatewaySeat({ state: 'ready' })] });
    const { port } = await startTestGateway(t, keeper);
    await http(port, '/ensure-loaded/Codestral');
    await http(port, '/nothing');
    const { headers, text } = await http(port, '/metrics');
    assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
    const requests = parseMetrics(text).get('castellan_gateway_requests_total')?.samples;
    assert.ok(requests?.some(({ labels, value }) => labels.route === 'ensure-loaded' && value === 1));
    assert.ok(
      requests?.every(({ labels }) => labels.route !== 'nothing'),
      'no label of a caller’s choice',
    );
    const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8', timeout: 10_000 });
    if (promtool.error !== undefined) t.diagnostic('promtool is not installed; the parser above has checked it');
    else assert.equal(promtool.status, 0, promtool.stdout + promtool.stderr);
  });
});
