import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configDiff } from '../../helper/config/print.ts';
import { keptByDefault } from '../../helper/config/schema-containers.ts';
import { checkRows, good } from './config-tools.ts';

/** The table [containers] of castellan.toml. */

test('left out nothing is looked at; empty it has its defaults', () => {
  assert.equal(good('').config.containers, null);
  assert.deepEqual(good('[containers]').config.containers, {
    socket: null,
    idleSeconds: 1_800,
    stop: [],
    keep: keptByDefault,
    checksPorts: true,
    restart: null,
  });
});

const whole = `[containers]
socket = "/Users/neo/.orbstack/run/docker.sock"
idle = "2 h"
stop = ["jellyfin"]
keep = []
check_ports = false
restart = ["/opt/homebrew/bin/colima", "restart"]
`;

test('all of it is read, and printed as it is written', () => {
  const { config } = good(whole);
  assert.deepEqual(config.containers, {
    socket: '/Users/neo/.orbstack/run/docker.sock',
    idleSeconds: 7_200,
    stop: ['jellyfin'],
    keep: [],
    checksPorts: false,
    restart: ['/opt/homebrew/bin/colima', 'restart'],
  });
  const lines = configDiff(good('').config, config);
  assert.deepEqual(lines, [
    'containers.socket: not set → /Users/neo/.orbstack/run/docker.sock',
    'containers.idle: not set → 2 h',
    'containers.stop: not set → ["jellyfin"]',
    'containers.keep: not set → []',
    'containers.check_ports: not set → false',
    'containers.restart: not set → ["/opt/homebrew/bin/colima", "restart"]',
  ]);
});

describe('is refused with a sentence:', () => {
  checkRows([
    [
      'a restart without a whole path',
      '[containers]\nrestart = ["colima"]',
      [[2, 'containers.restart[1]', /cannot be used/, /from \/ on/]],
    ],
    ['a restart of nothing', '[containers]\nrestart = []', [[2, 'containers.restart[1]', /missing/, /restart = /]]],
    [
      'a restart that is one text',
      '[containers]\nrestart = "colima restart"',
      [[2, 'containers.restart', /A list of arguments/, /restart = \[/]],
    ],
    [
      'a pause too short to be idling',
      '[containers]\nidle = "5 min"',
      [[2, 'containers.idle', /too little/, /10 min/]],
    ],
    [
      'what no container can be called',
      '[containers]\nstop = ["a b"]',
      [[2, 'containers.stop[1]', /cannot be used/, /jellyfin/]],
    ],
    [
      'a key it does not have',
      '[containers]\nchek_ports = true',
      [[2, 'containers.chek_ports', /no key/, /check_ports/]],
    ],
  ]);
});
