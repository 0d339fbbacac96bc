import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { run } from '../../helper/cli/main.ts';
import { healthOutputSchema } from '../../helper/cli/seats/output.ts';
import { seatText, seatTroubles } from '../../helper/cli/seats/words.ts';
import { signatureWords } from '../../helper/probes/signature-words.ts';
import type { ChannelStatus, HealthStatus } from '../../helper/protocol/health.ts';
import type { SeatStatus } from '../../helper/protocol/seats.ts';
import { capturedIo } from '../fakes/captured-io.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { sampleStatus } from '../fakes/sample-status.ts';
import { sampleHandlers, startSocketKeeper } from '../fakes/socket-keeper.ts';

const channel = (name: ChannelStatus['channel'], change: Partial<ChannelStatus> = {}): ChannelStatus => ({
  channel: name,
  state: 'pass',
  strikes: 0,
  limit: 3,
  last: { ok: true, code: 'ok', detail: '', ms: 25, agoSeconds: 12 },
  okAgoSeconds: 12,
  waits: null,
  ...change,
});
const well: HealthStatus = {
  verdict: 'healthy',
  forSeconds: 600,
  said: 'It answers, does its work, and can be started again.',
  channels: [channel('cheap'), channel('inference'), channel('integrity')],
};
const zombie: HealthStatus = {
  verdict: 'zombie',
  forSeconds: 60,
  said: 'It accepts connections and does no work.',
  channels: [
    channel('cheap'),
    channel('inference', {
      state: 'fail',
      strikes: 96,
      limit: 2,
      last: { ok: false, code: 'timeout', detail: 'no answer \u001b[31mwithin 60 s', ms: null, agoSeconds: 300 },
    }),
    channel('integrity', { state: 'off', last: null, okAgoSeconds: null }),
  ],
};

const health = async (t: TestContext, seats: readonly SeatStatus[], argv: readonly string[] = []) => {
  const { runDirectory } = await startSocketKeeper(t, {
    handlers: sampleHandlers({ 'read.status': () => ({ ok: true, result: sampleStatus({ seats: [...seats] }) }) }),
  });
  const io = capturedIo();
  const code = await run(['health', ...argv, '--run-dir', runDirectory], io);
  return { code, ...io.text };
};

describe('castellan health', () => {
  test('says of each seat its verdict and what each channel said, and ends with 0 when all is well', async (t) => {
    const { code, out } = await health(t, [sampleSeat({ name: 'Cilghal', health: well })]);
    assert.equal(code, 0);
    assert.match(out, /^NAME +VERDICT +STATE +LIST +CHAT +FILES$/m);
    assert.match(out, /^Cilghal +healthy +ready +ok 0:12 ago +ok 0:12 ago +ok 0:12 ago$/m);
    assert.doesNotMatch(out, /It answers/, 'a healthy seat takes one line');
  });

  test('names what fails in words, steers no terminal, and ends with 1', async (t) => {
    const { code, out } = await health(t, [
      sampleSeat({ name: 'Cilghal', health: zombie }),
      sampleSeat({ name: 'Codestral', health: null }),
    ]);
    assert.equal(code, 1);
    assert.match(out, /^Cilghal +zombie .* fails, 96 of 2 +-$/m);
    assert.match(out, /^Codestral +not checked .* - +- +-$/m);
    assert.match(
      out,
      /^Cilghal: It accepts connections and does no work\.\n {2}chat: no answer .*within 60 s \(timeout, 5:00 ago\)$/m,
    );
    assert.ok(!out.includes('\u001b'));
  });

  test('a program that is signed ad hoc is no failure, and is said, here and in the status', async (t) => {
    const last = { ok: true, code: 'ok', detail: signatureWords.ad_hoc, ms: null, agoSeconds: 64 } as const;
    const adHoc: HealthStatus = {
      ...well,
      channels: [...well.channels.slice(0, 2), channel('integrity', { last: { ...last, signed: 'ad_hoc' } })],
    };
    const seats = [sampleSeat({ name: 'Cilghal', health: adHoc }), sampleSeat({ name: 'Zed', health: zombie })];
    const { code, out } = await health(t, [sampleSeat({ name: 'Cilghal', health: adHoc })]);
    assert.equal(code, 0);
    assert.match(out, /^Cilghal +healthy .* ok 0:12 ago, signed ad hoc$/m);
    assert.match(out, /^Cilghal, files: Signed ad hoc: sign it again .* when the keychain is unlocked\.$/m);
    assert.match(seatText(seats[0] ?? sampleSeat()), /, health healthy, signed ad hoc$/);
    assert.deepEqual(seats.flatMap(seatTroubles), [
      'Zed: It accepts connections and does no work. `castellan health` has more',
    ]);
  });

  test('of one seat, in any case, and as JSON', async (t) => {
    const seats = [sampleSeat({ name: 'Cilghal', health: zombie }), sampleSeat({ name: 'Codestral', health: well })];
    const one = await health(t, seats, ['codestral', '--json']);
    assert.equal(one.code, 0);
    assert.deepEqual(
      healthOutputSchema.parse(JSON.parse(one.out)).seats.map(({ name }) => name),
      ['Codestral'],
    );
    const none = await health(t, seats, ['Nobody']);
    assert.equal(none.code, 4);
    assert.match(none.err, /no seat named Nobody/i);
  });

  test('says when nothing is asked of any seat, and when there is none', async (t) => {
    assert.match((await health(t, [sampleSeat({ health: null })])).out, /\[seat\.health\] in castellan\.toml/);
    assert.match((await health(t, [])).out, /There are no seats/);
  });
});
