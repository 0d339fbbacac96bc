import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seatDefaults } from '../../helper/config/config.ts';
import { parseConfig } from '../../helper/config/parse.ts';
import { createDomains } from '../../helper/host/darwin/domains.ts';
import { createLaunchctl } from '../../helper/host/darwin/launchctl.ts';
import { locateSeats } from '../../helper/install/locate-seats.ts';
import { deniedIn, deniedService, labelsOf, means } from '../../helper/relief/service-labels.ts';
import { shedOptions } from '../../helper/relief/service-options.ts';
import { initialRelief } from '../../helper/relief/state.ts';
import type { World } from '../../helper/relief/world.ts';
import { machineReading, processReading } from '../fakes/readings.ts';
import {
  actsOf,
  GB,
  liveConfig,
  rowsOf,
  runRelief,
  type VirtualProcess,
  type VirtualWorld,
} from '../fakes/relief-world.ts';

/** Background services and agents that may be shed: who is meant, what came back, and what was brought back. */

const siri = 'com.apple.siriknowledged';
const minute = 60_000;

describe('a row for services', () => {
  test('means one label, or all that begin so; denials come first', () => {
    assert.ok(means('com.apple.siri*', siri) && means('com.apple.siri*', 'com.apple.Siri.agent'));
    assert.ok(!means('com.apple.siri', siri));
    const loaded = [siri, 'com.apple.sirittsd', 'com.apple.securityd', 'com.sanctum.kiwix', 'com.sanctum.castellan'];
    assert.deepEqual(labelsOf('com.apple.s*', loaded), [siri, 'com.apple.sirittsd']);
    assert.deepEqual(labelsOf('com.sanctum.*', loaded), ['com.sanctum.kiwix']);
    assert.deepEqual(labelsOf('com.sanctum.gone', loaded), ['com.sanctum.gone']);
    for (const denied of [
      'com.apple.WindowServer',
      'com.apple.windowserver',
      'com.openssh.sshd',
      'com.sanctum.castellan.deadman',
    ])
      assert.notEqual(deniedService(denied), null, denied);
    assert.equal(deniedIn('com.apple.siri*'), null);
    assert.equal(deniedIn('com.apple.w*')?.label, 'com.apple.WindowServer');
  });

  test('that would mean what the system depends on is refused, with its line', () => {
    const faultsOf = (label: string): string => {
      const parsed = parseConfig(`[[relief.service]]\nlabel = "${label}"\nat = "ladder_1"\n`);
      return parsed.ok ? '' : parsed.problems.map(({ line, message }) => `${line}: ${message}`).join('\n');
    };
    for (const label of ['com.apple.*', 'com.apple.loginwindow', 'com.sanctum.castellan*', 'com.openssh.sshd'])
      assert.match(faultsOf(label), /^2: .* is never shed/, label);
    assert.equal(faultsOf('com.apple.siri*'), '');
    assert.notEqual(faultsOf('com.*.siri'), '');
  });

  const seatFile = [
    '[[seat]]',
    'name = "Cilghal"',
    'label = "com.sanctum.cilghal"',
    'class = "protected"',
    'peak = "30 GB"',
    'fallback = "com.sanctum.calm"',
    'ready = { url = "http://127.0.0.1:1337/v1/models" }',
  ].join('\n');

  test('that would mean a seat, or who stands in for one, is refused, with its line', () => {
    const faultsOf = (label: string): string => {
      const parsed = parseConfig(`${seatFile}\n[[relief.service]]\nlabel = "${label}"\nat = "orange"\n`);
      return parsed.ok ? '' : parsed.problems.map(({ line, message }) => `${line}: ${message}`).join('\n');
    };
    for (const label of ['com.sanctum.cilghal', 'com.sanctum.ci*'])
      assert.match(faultsOf(label), /^9: .* is the service of the seat Cilghal, and seats are not shed/, label);
    for (const label of ['com.sanctum.calm', 'com.sanctum.cal*', 'com.sanctum.Calm'])
      assert.match(faultsOf(label), /^9: .* means com\.sanctum\.calm, which stands in for the seat Cilghal, /, label);
    assert.equal(faultsOf('com.sanctum.kiwix'), '');
  });

  test('opened out leaves who stands in for a seat alone, and names nobody twice', () => {
    const config = liveConfig();
    const world = {
      ...{ nowMs: 1_000, mode: 'live', level: 2, isLeaking: false, isSwapAlone: false, sensorsValid: true },
      config: {
        ...config,
        seats: [
          {
            ...seatDefaults,
            ...({ name: 'Cilghal', class: 'protected', label: 'com.sanctum.cilghal', peakBytes: GB } as const),
            fallback: 'com.sanctum.calm',
          },
        ],
        relief: {
          ...config.relief,
          services: [
            { label: 'com.sanctum.*', at: 'orange' },
            { label: 'com.sanctum.k*', at: 'yellow' },
          ],
        },
      },
      machine: machineReading({ atMs: 1_000 }),
      ...{ recent: [], isFull: true, seen: new Map(), gone: new Set(), seats: [], looked: [], inspections: [] },
      processes: [10, 11, 12].map((pid) => processReading(pid)),
      services: new Map([
        ['com.sanctum.cilghal', 10],
        ['com.sanctum.calm', 11],
        ['com.sanctum.kiwix', 12],
      ]),
      ...{ servicesKnown: true, isAfterGap: false, closesSlot: true, judges: true },
    } satisfies World;
    const { options, passedOver } = shedOptions(initialRelief(0), world);
    assert.deepEqual(
      options.map(({ act }) => act.verb === 'shed' && [act.label, act.at]),
      [['com.sanctum.kiwix', 'orange']],
    );
    assert.deepEqual(passedOver, []);
  });

  test('of a user’s agents lives in the domain of that user, and what macOS ships is loaded from where it ships it', async () => {
    const domains = createDomains();
    const asked: (readonly string[])[] = [];
    const services = createLaunchctl((args, done) => {
      asked.push(args);
      done('', 0);
    }, domains);
    locateSeats(
      { locate: domains.locate },
      [],
      [{ label: 'com.apple.siri*', domain: 'gui/501' }, { label: 'com.sanctum.kiwix' }],
    );
    assert.ok((await services.bootout(siri)).ok);
    assert.ok((await services.bootstrap(siri)).ok);
    assert.ok((await services.bootstrap('com.apple.metadata.mds')).ok);
    assert.deepEqual(
      asked.map((each) => each.join(' ')),
      [
        `bootout gui/501/${siri}`,
        `bootstrap gui/501 /System/Library/LaunchAgents/${siri}.plist`,
        `kickstart gui/501/${siri}`,
        'bootstrap system /System/Library/LaunchDaemons/com.apple.metadata.mds.plist',
        'kickstart system/com.apple.metadata.mds',
      ],
    );
    const refusing = createLaunchctl((_args, done) => done(null, 150), domains);
    const refused = await refusing.bootout(siri);
    assert.ok(!refused.ok && refused.problem === 'refused' && /does not let it be changed/.test(refused.detail));
  });
});

const agent = (pid: number, footprint = 2 * GB): VirtualProcess => ({
  reading: processReading(pid, { footprintBytes: footprint }),
});

describe('what came of it', () => {
  const rows = [{ label: 'com.apple.siri*', at: 'ladder_1' }] as const;
  const config = liveConfig({ entries: [], services: rows });
  const yellow = (): number => 6 * GB;
  const run = (world: VirtualWorld, untilMs = 10 * minute, change: Partial<Parameters<typeof runRelief>[1]> = {}) =>
    runRelief(world, { config, untilMs, ...change });
  const shedLabels = (each: ReturnType<typeof runRelief>): readonly string[] =>
    actsOf(each).flatMap(({ plan: { act } }) => (act.verb === 'shed' ? [act.label] : []));
  const receipts = (each: ReturnType<typeof runRelief>) =>
    rowsOf(each).flatMap(({ row }) => (row.kind === 'receipt' ? [row] : []));

  test('of each service that is meant, one in two minutes, its own footprint tells; others are left alone', () => {
    const world: VirtualWorld = {
      processes: [agent(801), agent(802), agent(803), agent(804)],
      services: [
        [siri, 801],
        ['com.apple.sirittsd', 802],
        ['com.apple.WindowServer', 803],
        ['com.apple.metadata.mds', 804],
      ],
      available: yellow,
    };
    const done = run(world);
    assert.deepEqual(shedLabels(done), [siri, 'com.apple.sirittsd']);
    assert.deepEqual(
      receipts(done).map(({ target, counter, effective, expected, actual }) => [
        target,
        counter,
        effective,
        expected,
        actual,
      ]),
      [siri, 'com.apple.sirittsd'].map((label) => [label, 'footprint', true, 2 * GB, 2 * GB]),
    );
  });

  test('a stop that launchd answers and that ends nothing has not helped, and is tried twice', () => {
    const stubborn: VirtualWorld = { processes: [agent(801)], services: [[siri, 801]], available: yellow };
    const done = run(stubborn, 30 * minute, { happens: false });
    assert.deepEqual(shedLabels(done), [siri, siri]);
    assert.ok(receipts(done).every(({ effective, actual }) => !effective && actual === 0));
    assert.ok(done.state.relief.sheds.every(({ restoring }) => restoring === null));
    assert.ok(done.state.relief.deeds.every(({ outcome }) => outcome === 'useless'));
  });

  test('one that is started anew under another pid is credited to its label', () => {
    let isShed = false;
    const holds = (pid: number, isIt: () => boolean): VirtualProcess => ({
      reading: processReading(pid),
      footprint: () => (isIt() ? 2 * GB : 0),
    });
    const world: VirtualWorld = {
      processes: [holds(801, () => !isShed), holds(901, () => isShed)],
      services: () => [[siri, isShed ? 901 : 801]],
      available: yellow,
    };
    const done = run(world, 8 * minute, {
      happens: false,
      outcome: (effect) => {
        if (effect.kind === 'act') isShed = true;
        return 'ok';
      },
    });
    const [first] = receipts(done);
    assert.deepEqual([first?.target, first?.effective], [siri, false]);
  });

  test('brought back is what launchd lists again; what it does not list is told, and tried again later', () => {
    const calm = (nowMs: number): number => (nowMs < 60_000 ? 6 : 22) * GB;
    const world: VirtualWorld = { processes: [agent(801)], services: [[siri, 801]], available: calm };
    const back = run(world, 20 * minute);
    const restored = back.state.relief.deeds.find(({ plan }) => plan.act.verb === 'restore');
    assert.deepEqual([restored?.outcome, back.state.relief.sheds.length], ['effective', 0]);
    assert.match(restored?.got ?? '', /runs again/);
    const gone = run({ ...world, services: (nowMs) => (nowMs < 90_000 ? [[siri, 801]] : []) }, 14 * minute);
    const refused = gone.state.relief.deeds.find(({ plan }) => plan.act.verb === 'restore');
    assert.equal(refused?.outcome, 'failed');
    assert.match(refused?.got ?? '', /launchd does not list it/);
    assert.equal(gone.state.relief.sheds[0]?.label, siri, 'it is still ours to bring back');
    const alerts = gone.effects.flatMap(({ effect }) =>
      effect.kind === 'alert' ? [`${effect.alert} ${effect.subject}`] : [],
    );
    assert.ok(alerts.includes(`service_failed ${siri}`));
  });
});
