import assert from 'node:assert/strict';
import { chmod, link, mkdir, symlink } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { buildBinary } from 'plist';
import { servicesPath, supervisorSocketPath } from '../../helper/supervisor/places.ts';
import { parseSpec } from '../../helper/supervisor/spec.ts';
import { type SupervisorWorld, withSupervisor } from '../fakes/service-supervisor.ts';

const skip = process.platform === 'linux' ? false : 'the supervisor stands in for launchd on Linux';

/** Sends and collects what comes until the other side closes, or until a line matches. */
const converse = (world: SupervisorWorld, send: (socket: Socket) => void, enough = /^$/): Promise<string> =>
  new Promise((resolve) => {
    let heard = '';
    const socket = connect(supervisorSocketPath(world.runDirectory), () => send(socket));
    socket.on('data', (text) => {
      heard += String(text);
      if (heard.split('\n').some((line) => line !== '' && enough.test(line))) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });

describe('the socket of the supervisor', { skip, concurrency: 4 }, () => {
  test('closes on garbage and serves the others as before', () =>
    withSupervisor(async (world) => {
      await world.define('t.a', [], { KeepAlive: true });
      await world.start();
      const pid = await world.untilRunning('t.a');
      const garbage = [
        'not json\n',
        '{"id":1,"verb":"destroy","label":"t.a"}\n',
        '{"id":1,"verb":"bootout","label":"../../etc/passwd"}\n',
        '{"id":1,"verb":"bootout"}\n',
        '{"id":"1","verb":"bootout","label":"t.a"}\n',
        '{"id":1,"verb":"bootout","label":"t.a","force":true}\n',
        '[]\n',
        'null\n',
        `${'['.repeat(8_000)}\n`,
        Buffer.from([0xff, 0xfe, 0x0a]),
      ];
      for (const text of garbage) {
        const heard = await converse(world, (socket) => socket.write(text));
        assert.match(heard, /^(\{"event":"jobs".*\n)?$/, String(text).slice(0, 60));
      }
      assert.equal((await world.print('t.a')).pid, pid);
      assert.equal(world.services.pids()?.get('t.a'), pid, 'nothing was booted out');
    }));

  test('takes no line of 1 MiB, ended or not', () =>
    withSupervisor(async (world) => {
      await world.start();
      for (const text of [`"${'a'.repeat(2 ** 20)}"\n`, 'a'.repeat(2 ** 20)]) {
        const heard = await converse(world, (socket) => socket.write(text));
        assert.match(heard, /^(\{"event":"jobs","jobs":\[\]\}\n)?$/, 'no answer to it');
      }
      const answer = await world.services.print('t.none');
      assert.ok(!answer.ok && answer.problem === 'absent');
    }));

  test('answers what comes in pieces and several requests in one', () =>
    withSupervisor(async (world) => {
      await world.define('t.a', []);
      await world.start();
      const heard = await converse(
        world,
        (socket) => {
          socket.write('{"id":1,"verb":"li');
          setTimeout(
            () => socket.write('st"}\n{"id":2,"verb":"kickstart","label":"t.a"}\n{"id":3,"verb":"list"}\n'),
            20,
          );
        },
        /"id":3/,
      );
      const lines = heard
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(lines.find(({ id }) => id === 1).jobs, [{ label: 't.a', pid: null, lastExit: null }]);
      assert.deepEqual(
        lines.find(({ id }) => id === 2),
        { id: 2, ok: true },
      );
      assert.equal(typeof lines.find(({ id }) => id === 3).jobs[0].pid, 'number');
    }));

  test('of two bootstraps at once one loads, and the other finds it loaded', () =>
    withSupervisor(async (world) => {
      await world.start();
      await world.define('t.late', [], { KeepAlive: true });
      const answers = await Promise.all([world.services.bootstrap('t.late'), world.services.bootstrap('t.late')]);
      assert.deepEqual(answers.map((each) => (each.ok ? 'ok' : each.problem)).sort(), ['already', 'ok']);
      await world.untilRunning('t.late');
      await world.untilSaid('t.late', /^start/);
      assert.equal((await world.said('t.late')).filter((line) => line.startsWith('start')).length, 1);
    }));

  test('kickstart starts at once, and with restart kills what runs', () =>
    withSupervisor(async (world) => {
      await world.define('t.kick', ['--drain', '60000'], { ThrottleInterval: 3600 });
      await world.start();
      const kick = (restart: boolean): Promise<string> => {
        const line = JSON.stringify({ id: 1, verb: 'kickstart', label: 't.kick', restart });
        return converse(world, (socket) => socket.write(`${line}\n`), /"id":1/);
      };
      assert.match(await kick(false), /"ok":true/);
      const first = await world.untilRunning('t.kick');
      await kick(false);
      assert.equal((await world.print('t.kick')).pid, first);
      await kick(true);
      await world.untilRunning('t.kick', first);
      assert.deepEqual((await world.print('t.kick')).lastExit, { code: null, signal: 'SIGKILL' });
    }));
});

describe('property lists that are not to be trusted or not to be read', { skip }, () => {
  test('are refused with the reason, and the supervisor and its services go on', () =>
    withSupervisor(async (world) => {
      const folder = servicesPath(world.runDirectory);
      await world.define('t.good', [], { KeepAlive: true });
      await world.write('t.text.plist', 'this is no property list\n');
      await world.write('t.cut.plist', '<?xml version="1.0"?><plist><dict><key>Label</key>');
      await world.write(
        't.entity.plist',
        '<!DOCTYPE p [<!ENTITY a "t.x">]><plist><dict><key>Label</key><string>&a;</string></dict></plist>',
      );
      await world.write('t.empty.plist', '');
      await world.write('t.nolabel.plist', '<plist><dict><key>Program</key><string>/bin/true</string></dict></plist>');
      await world.write(
        't.binary.plist',
        Buffer.from(buildBinary({ Label: 't.binary', Program: '/bin/true' })).toString('latin1'),
      );
      await world.define('t.open', []);
      await chmod(join(folder, 't.open.plist'), 0o666);
      await world.define('t.hard', []);
      await link(join(folder, 't.hard.plist'), join(world.runDirectory, 'elsewhere'));
      await symlink(join(folder, 't.good.plist'), join(folder, 't.link.plist'));
      await mkdir(join(folder, 't.folder.plist'));
      await world.write('t.large.plist', `<plist>${' '.repeat(70_000)}</plist>`);
      await world.define('t.dict', [], { KeepAlive: { SuccessfulExit: 'no' } });
      await world.define('t.nothing', [], { ProgramArguments: [] });
      await world.start();
      await world.untilRunning('t.good');
      const expected = {
        't.text': /not an XML property list/,
        't.cut': /not an XML property list/,
        't.entity': /not an XML property list/,
        't.empty': /not an XML property list/,
        't.nolabel': /Label/,
        't.binary': /not an XML property list/,
        't.open': /others can write/,
        't.hard': /2 hard links/,
        't.link': /is a link/,
        't.folder': /not a regular file/,
        't.large': /at most 65536/,
        't.dict': /KeepAlive/,
        't.nothing': /ProgramArguments/,
      };
      for (const [label, pattern] of Object.entries(expected)) {
        const answer = await world.services.bootstrap(label);
        // launchctl's 122: others could have put it there.
        const problem = ['t.open', 't.hard', 't.link', 't.folder'].includes(label) ? 'refused' : 'failed';
        assert.ok(!answer.ok && answer.problem === problem, `${label}: ${JSON.stringify(answer)}`);
        assert.match(answer.detail, pattern, label);
      }
      assert.deepEqual([...(world.services.pids()?.keys() ?? [])], ['t.good']);
      const none = await world.services.bootstrap('t.unheard.of');
      assert.ok(!none.ok && none.problem === 'absent');
    }));

  test('do not write to the console however wrong they are, and cannot reach a prototype', (t) => {
    const said = t.mock.method(console, 'error', () => {});
    for (const text of [
      `<plist>${'<array>'.repeat(5_000)}`,
      '<plist><dict><key>__proto__</key><dict><key>Label</key><string>x</string></dict></dict></plist>',
      '<plist><array/></plist>',
      '<html/>',
      '<plist><dict><key>Label</key><string>a b</string></dict></plist>',
      '<plist><dict><key>Label</key><string>ok</string><key>ThrottleInterval</key><integer>-1</integer></dict></plist>',
    ]) {
      const parsed = parseSpec(new TextEncoder().encode(text));
      assert.ok(!parsed.ok, text.slice(0, 80));
      assert.ok(parsed.detail.length < 300 && !parsed.detail.includes('\n'));
    }
    assert.equal(said.mock.callCount(), 0);
    assert.equal(({} as Record<string, unknown>).Label, undefined);
  });

  test('a file with all keys is read as launchd reads it', () => {
    const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
  <key>Label</key><string>com.sanctum.mlx</string>
  <key>Program</key><string>/opt/sanctum/bin/sanctum-mlx</string>
  <key>ProgramArguments</key><array><string>mlx</string><string>--port</string><string>1337</string></array>
  <key>EnvironmentVariables</key><dict><key>A</key><string>b</string></dict>
  <key>WorkingDirectory</key><string>/opt/sanctum</string>
  <key>KeepAlive</key><true/>
  <key>RunAtLoad</key><false/>
  <key>ThrottleInterval</key><integer>0</integer>
  <key>ExitTimeOut</key><integer>60</integer>
  <key>StandardOutPath</key><string>/var/log/mlx.log</string>
  <key>UserName</key><string>neo</string>
  <key>MachServices</key><dict><key>com.sanctum.mlx</key><true/></dict>
  <key>ProcessType</key><string>Interactive</string>
</dict></plist>`;
    const parsed = parseSpec(new TextEncoder().encode(text));
    assert.deepEqual(parsed, {
      ok: true,
      isDisabled: false,
      spec: {
        label: 'com.sanctum.mlx',
        program: '/opt/sanctum/bin/sanctum-mlx',
        argv: ['mlx', '--port', '1337'],
        environment: { A: 'b' },
        workingDirectory: '/opt/sanctum',
        keepAlive: true,
        runAtLoad: false,
        throttleSeconds: 1,
        exitTimeoutSeconds: 60,
        standardOut: '/var/log/mlx.log',
        standardError: null,
        userName: 'neo',
        hasMachServices: true,
      },
    });
  });
});
