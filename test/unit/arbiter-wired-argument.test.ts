import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runsWithOtherWired, wiredArguments } from '../../helper/arbiter/wired-argument.ts';
import { GB, MB } from '../../helper/config/config.ts';
import { seatOf } from '../fakes/arbiter-world.ts';

const program = ['/opt/mlx/server', '--model', 'codestral'] as const;
const seat = seatOf({ name: 'codestral', wiredBytes: 2 * GB, command: program });

describe('arguments for the wired limit', () => {
  test('have the figure in whole megabytes', () => {
    assert.deepEqual(wiredArguments({ ...seat, wiredBytes: 18 * GB }), ['--metal-wired-limit-mb', '18432']);
    assert.deepEqual(wiredArguments(seat), ['--metal-wired-limit-mb', '2048']);
    assert.deepEqual(wiredArguments({ ...seat, wiredArgument: ['--wired={mb}MB'] }), ['--wired=2048MB']);
  });

  test('are left out when nothing is wired, or the program takes none', () => {
    assert.deepEqual(wiredArguments({ ...seat, wiredBytes: 0 }), []);
    assert.deepEqual(wiredArguments({ ...seat, wiredArgument: [] }), []);
  });
});

describe('a seat that needs another start for its wired limit', () => {
  const line = `${program.join(' ')} --metal-wired-limit-mb 2048`;

  test('runs with another figure', () => {
    assert.equal(runsWithOtherWired(seat, [line]), false);
    assert.equal(runsWithOtherWired({ ...seat, wiredBytes: 3 * GB }, [line]), true);
    assert.equal(runsWithOtherWired({ ...seat, wiredBytes: 2 * GB + MB }, [line]), true);
    assert.equal(runsWithOtherWired({ ...seat, wiredBytes: 0 }, [line]), true);
  });

  test('or runs without the arguments, if it was started as the configuration says', () => {
    assert.equal(runsWithOtherWired(seat, [program.join(' ')]), true);
    assert.equal(runsWithOtherWired(seat, [`/bin/sh ${program.join(' ')}`]), true);
    assert.equal(runsWithOtherWired(seat, ['server']), false, 'its command line is not readable');
    assert.equal(runsWithOtherWired({ ...seat, command: null }, [program.join(' ')]), false);
    assert.equal(runsWithOtherWired({ ...seat, wiredBytes: 0 }, [program.join(' ')]), false);
    assert.equal(runsWithOtherWired(seat, []), false, 'it does not run');
  });

  test('is told by an operator’s own property list as well', () => {
    assert.equal(runsWithOtherWired({ ...seat, command: null, wiredBytes: GB }, [line]), true);
    assert.equal(runsWithOtherWired({ ...seat, command: null }, [line]), false);
  });

  test('is told by whichever of its processes has the arguments', () => {
    assert.equal(runsWithOtherWired(seat, ['/bin/sh /opt/start', line]), false);
    assert.equal(runsWithOtherWired({ ...seat, wiredBytes: GB }, ['/bin/sh /opt/start', line]), true);
  });

  test('goes by the template, in one word or several', () => {
    const joined = { ...seat, wiredArgument: ['--wired={mb}MB'] };
    assert.equal(runsWithOtherWired(joined, ['server --wired=2048MB --port 1']), false);
    assert.equal(runsWithOtherWired(joined, ['server --wired=4096MB --port 1']), true);
    const several = { ...seat, command: null, wiredArgument: ['--set', 'wired', '{mb}'] };
    assert.equal(runsWithOtherWired(several, ['server --set cache 7 --set wired 4096']), true);
    assert.equal(runsWithOtherWired(several, ['server --set cache 2048 --set wired 2048']), false);
    assert.equal(runsWithOtherWired(several, ['server --set wired']), false);
    const fixed = { ...seat, wiredArgument: ['--no-figure'] };
    assert.equal(runsWithOtherWired(fixed, ['server']), false);
  });

  test('a hostile command line makes no figure', () => {
    for (const text of ['--metal-wired-limit-mb', '--metal-wired-limit-mb NaN', '--metal-wired-limit-mb -1', ' ', '\t'])
      assert.equal(runsWithOtherWired({ ...seat, command: null }, [text]), false);
    assert.equal(runsWithOtherWired({ ...seat, command: null }, [`--metal-wired-limit-mb ${'9'.repeat(4000)}`]), false);
  });
});
