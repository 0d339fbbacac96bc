import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from '../../helper/config/parse.ts';
import { channelRules } from '../../helper/probes/channels.ts';
import { verdictCodes } from '../../helper/protocol/health.ts';
import { cardHealth, markOf, markWords, spokenHealth } from '../../renderer/data/health/health.ts';
import { createHealthPage } from '../../renderer/data/health/page.ts';
import { restViews } from '../../renderer/data/health/rest.ts';
import { channelView, healthLines, healthSummary, seatHealthViews } from '../../renderer/data/health/views.ts';
import { seatView } from '../../renderer/data/seats/seats.ts';
import { seatLabel } from '../../renderer/text/labels.ts';
import { status } from '../e2e/popover-fixtures.ts';
import {
  doomed,
  failing,
  ill,
  listOnly,
  passing,
  silent,
  unknown,
  well,
  zombie,
} from '../e2e/popover-states-health.ts';
import { sampleSeat } from '../fakes/sample-seat.ts';
import { seatLines } from './config-tools.ts';

const seat = sampleSeat({ health: well });
const of = (health: typeof seat.health, name = seat.name) => ({ ...seat, name, health });

describe('a seat’s health on its card', () => {
  test('healthy, it says when it last did work, and only where it was asked to', () => {
    const whole = cardHealth(seat, true);
    assert.equal(whole.line, null);
    assert.equal(whole.hover, 'Healthy: worked 4 min ago. It answers, does its work, and can be started again.');
    assert.equal(whole.spoken, 'Health of Cilghal: healthy, worked 4 minutes ago');
    const partly = cardHealth(of(listOnly), true);
    assert.deepEqual([partly.isPartial, partly.tone, whole.isPartial], [true, 'well', false]);
    assert.doesNotMatch(partly.hover + partly.spoken, /worked/);
    assert.match(partly.hover, /was not asked to work/);
  });

  test('work of an earlier run is not claimed for this one', () => {
    const anew = { ...well, channels: [passing('cheap', 3), { ...silent('inference', 'unknown'), okAgoSeconds: 900 }] };
    assert.equal(spokenHealth(anew), '');
    assert.doesNotMatch(cardHealth(of(anew), true).hover, /worked/);
  });

  test('what needs the operator is a line; what was not asked, or has not said anything, is neither well nor ill', () => {
    for (const verdict of verdictCodes) {
      const { line, tone } = cardHealth(of(ill(verdict, 'What it means.', well.channels)), true);
      const isWell = verdict === 'healthy' || verdict === 'busy';
      const told = { title: markWords[verdict], text: 'What it means.' };
      assert.deepEqual([line, tone], isWell ? [null, 'well'] : [told, 'ill'], verdict);
    }
    for (const health of [null, unknown]) {
      const { line, tone, hover } = cardHealth(of(health), true);
      assert.deepEqual([line, tone], [null, 'open']);
      assert.match(hover, health === null ? /^Not checked: / : /^Unknown: /);
    }
  });

  test('files that are gone are told also of a seat that does not run, of which there is no verdict', () => {
    const gone = failing('integrity', 'missing', '/opt/sanctum/bin/sanctum-mlx is gone.');
    const cold = of({ ...unknown, channels: [...unknown.channels.slice(0, 2), gone] });
    const { line, tone, mark, hover } = cardHealth(cold, true);
    assert.equal(hover, 'Unknown: It does not run, and its next start would fail.');
    assert.deepEqual([line?.title, line?.text, tone, mark], ['Files fail', gone.last?.detail, 'ill', 'unknown']);
    assert.equal(healthSummary([cold]), '1 seat: 1 not well.');
    assert.match(seatLabel({ ...cold, state: 'absent' }), /^Cilghal, protected, cold, files fail, needs/);
  });

  test('of a keeper that does not answer it is what was known last', () => {
    const { hover, spoken } = cardHealth(seat, false);
    assert.match(hover, /^Last known\. Healthy: worked 4 min ago\./);
    assert.match(spoken, /^Health of Cilghal: last known healthy/);
  });

  test('the words are those of the command line', () => {
    const words = verdictCodes.map((code) => markWords[code].toLowerCase().replaceAll(' ', '_'));
    assert.deepEqual(words, [...verdictCodes]);
    assert.equal(new Set(Object.values(markWords)).size, verdictCodes.length + 2);
  });

  test('the card’s name tells it, and nothing of what was not asked', () => {
    assert.match(seatLabel(seat), /^Cilghal, protected, ready, worked 4 minutes ago, 21\.0 of/);
    assert.match(seatLabel(of(zombie)), /^Cilghal, protected, ready, zombie, 21\.0 of/);
    assert.equal(seatLabel(of(null)), seatLabel(of(unknown)));
  });

  test('a state that its health explains is not explained twice', () => {
    const hollow = ill('hollow', 'It runs, and its model is gone from memory.', well.channels);
    assert.deepEqual(seatView({ ...of(hollow), state: 'hollow' }).says, []);
    assert.equal(seatView({ ...of(zombie), state: 'hollow' }).says.length, 1);
    assert.deepEqual(seatView({ ...of(doomed), state: 'doomed', why: 'A file is gone.' }).says, ['A file is gone.']);
  });
});

describe('a channel on the page', () => {
  test('fails: strikes of how many, last word with code and age, last success', () => {
    assert.deepEqual(channelView(failing('inference', 'empty_answer', 'answers without a word')), {
      channel: 'inference',
      name: 'Chat',
      asks: 'It answers a chat of one word; asked every ten minutes, never while it is at work',
      state: 'fail',
      word: 'fails',
      strikes: '2 of 2 strikes',
      said: 'answers without a word',
      about: 'empty_answer, 2 min ago, after 60000 ms',
      success: 'last success 25 min ago',
    });
    const never = channelView(failing('cheap', 'refused', '', { okAgoSeconds: null }));
    assert.deepEqual([never.success, never.said], ['no success yet', '']);
  });

  test('well: a success is told once, a strike is counted, waiting is said', () => {
    const good = channelView(passing('cheap', 12));
    assert.deepEqual(
      [good.word, good.strikes, good.about, good.success],
      ['ok', '0 of 3 strikes', 'ok, 12 s ago, after 41 ms', ''],
    );
    const last = { ok: false, code: 'timeout', detail: 'no answer', ms: null, agoSeconds: 4 } as const;
    const struck = channelView(passing('cheap', 64, { strikes: 1, last }));
    assert.deepEqual([struck.word, struck.strikes, struck.success], ['ok', '1 of 3 strikes', 'last success 1 min ago']);
    assert.equal(channelView(passing('inference', 700, { waits: 'busy' })).word, 'ok, waits: busy');
    assert.equal(channelView(passing('integrity', 5)).strikes, '0 of 1 strike');
  });

  test('not asked: it says which line is missing, and neither strikes nor successes', () => {
    const off = (['cheap', 'inference', 'integrity'] as const).map((channel) => channelView(silent(channel, 'off')));
    assert.deepEqual(
      off.map(({ word }) => word),
      ['list', 'chat', 'program'].map((key) => `not asked: [seat.health] has no \`${key}\``),
    );
    assert.ok(off.every(({ strikes, about, success, said }) => `${strikes}${about}${success}${said}` === ''));
    assert.equal(channelView(silent('cheap', 'unknown')).word, 'not asked yet');
  });

  test('how often it is asked is what the keeper does', () => {
    assert.deepEqual(
      [channelRules.cheap, channelRules.inference, channelRules.integrity].map(({ everyMs }) => everyMs / 60_000),
      [1, 10, 5],
    );
  });
});

describe('the page of health', () => {
  test('what is not well stands first, the rest as it is declared', () => {
    const seats = [of(well, 'a'), of(null, 'b'), of(zombie, 'c'), of(unknown, 'd'), of(doomed, 'e')];
    assert.deepEqual(
      seatHealthViews(seats).map(({ name }) => name),
      ['c', 'e', 'a', 'b', 'd'],
    );
    assert.equal(healthSummary(seats), '5 seats: 2 not well, 1 well, 1 not known, 1 not checked.');
    assert.equal(healthSummary([of(well)]), '1 seat: 1 well.');
    assert.equal(healthSummary([]), 'There are no seats: castellan.toml declares none.');
    assert.equal(healthSummary([of(null), of(null)]), 'Nothing is asked of the seats, and nothing is claimed.');
  });

  test('how long is said of a verdict, and of nothing else', () => {
    const lasting = [well, unknown, null].map((health) => seatHealthViews([of(health)])[0]?.lasting);
    assert.deepEqual(lasting, ['for 2 h 1 min', '', '']);
    assert.equal(markOf(null).mark, 'unchecked');
  });

  test('the lines that it says to add have all three channels asked', () => {
    const parsed = parseConfig(`[[seat]]\n${seatLines}${healthLines.join('\n')}\n`);
    assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
    assert.deepEqual(parsed.warnings, []);
    const health = parsed.config.seats[0]?.health;
    assert.ok(health?.listUrls.length === 1 && health.chatUrl !== null && health.files !== null);
  });

  test('opens at a seat, or at none, and at the same one again', () => {
    const page = createHealthPage();
    const nth = () => page.opened.value?.nth ?? 0;
    assert.equal(nth(), 0);
    page.open('Cilghal');
    const first = nth();
    page.open('Cilghal');
    assert.notEqual(nth(), first);
    page.close();
    page.open(null);
    assert.deepEqual(page.opened.value, { seat: null, nth: 3 });
  });
});

describe('what health rests on', () => {
  const rest = (change: Parameters<typeof status>[1]) =>
    restViews(status(0, { seats: [seat], ...change })).map(({ key, state, lines }) => [key, state, lines.join(' ')]);
  const relief = status(0).relief;
  test('the gateway, the deadman and the sensors, each in a sentence', () => {
    assert.deepEqual(rest({}), [
      ['gateway', 'pass', 'The gateway listens at 127.0.0.1:2189.'],
      ['deadman', 'pass', 'It is there, and resumes what is frozen if the keeper dies.'],
      ['sensors', 'pass', 'All can be read.'],
    ]);
  });

  test('a gateway that is gone means that nobody asks; one that never was is no fault', () => {
    const gone = rest({ gateway: { state: 'missing', listen: '127.0.0.1:2189', problems: [] } })[0];
    assert.deepEqual(gone?.slice(0, 2), ['gateway', 'fail']);
    assert.match(gone?.[2] ?? '', /^The gateway is gone: nobody answers at .* Until it is back no seat is asked/);
    const never = rest({ gateway: { state: 'missing', listen: '', problems: [] } })[0];
    assert.equal(never?.[1], 'open');
    const files = { ...well, channels: [silent('cheap', 'off'), silent('inference', 'off'), passing('integrity', 3)] };
    const unasked = rest({ seats: [of(files)], gateway: { state: 'missing', listen: '', problems: [] } })[0];
    assert.doesNotMatch(unasked?.[2] ?? '', /Until it is back/);
    const taken = rest({ gateway: { state: 'present', listen: '127.0.0.1:2189', problems: ['1340 is taken'] } })[0];
    assert.deepEqual(taken?.slice(1), ['fail', 'The gateway listens at 127.0.0.1:2189. 1340 is taken.']);
  });

  test('the deadman in its three states', () => {
    const state = (deadman: typeof relief.deadman) => rest({ relief: { ...relief, deadman } })[1]?.[1];
    assert.deepEqual([state('present'), state('missing'), state('not_ready')], ['pass', 'fail', 'open']);
  });

  test('facts: those of the machine are failures and come first, many are counted', () => {
    const swap = { sensor: 'swap', problem: 'refused', detail: 'EPERM' };
    const one = { sensor: 'processes', problem: 'vanished', detail: '', pid: 7 };
    assert.deepEqual(rest({ facts: [one, swap] })[2], [
      'sensors',
      'fail',
      'Swap may not be read: EPERM. Process 7: The process table went away.',
    ]);
    assert.equal(rest({ facts: [one] })[2]?.[1], 'pass');
    const many = rest({ facts: Array.from({ length: 20 }, (_, pid) => ({ ...one, pid })) })[2];
    assert.match(String(many?.[2]), /And 12 more: `castellan doctor` names them\.$/);
  });
});
