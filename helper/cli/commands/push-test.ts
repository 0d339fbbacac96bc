import { setTimeout as sleep } from 'node:timers/promises';
import type { PushStatus } from '../../protocol/push.ts';
import type { Answer } from '../../protocol/session.ts';
import { withClient } from '../ask.ts';
import type { Client } from '../client.ts';
import { type Command, exitCodes, failed, jsonOption, runDirOption } from '../command.ts';
import { placeOf } from '../place.ts';
import { tell } from '../relief/print.ts';

/** Longer than one attempt takes. */
const withinMs = 20_000;
const againMs = 250;

interface Tried {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const triedOf = (name: string, id: string, rows: readonly PushStatus[]): Tried | null => {
  const last = rows.find((row) => row.name === name)?.last ?? null;
  return last?.id === id ? { name, ok: last.ok, detail: last.detail } : null;
};

/** One row each target, in the end also of those that say nothing. */
const outcome = async (client: Client): Promise<Answer<readonly Tried[]>> => {
  const begun = await client.request('push.test', {});
  if (!begun.ok) return begun;
  const { id, targets } = begun.result;
  /** The attempt after the test is another one's. */
  const tried = new Map<string, Tried>();
  for (const end = performance.now() + withinMs; performance.now() < end && tried.size < targets.length; ) {
    await sleep(againMs);
    const answer = await client.request('read.status', {});
    if (!answer.ok) return answer;
    for (const name of targets) {
      const one = triedOf(name, id, answer.result.gateway.push ?? []);
      if (one !== null) tried.set(name, one);
    }
  }
  const silent = 'no attempt was made: is the gateway there? See `castellan doctor`';
  return { ok: true, result: targets.map((name) => tried.get(name) ?? { name, ok: false, detail: silent }) };
};

export const pushTestCommand: Command = {
  name: 'push test',
  summary: 'send a test to every target of alerts, and say which took it',
  options: { json: jsonOption, 'run-dir': runDirOption },
  notes: [
    'The test is sent once, whatever the level of a target is; it is no alert and in no list of them. Exit 1: one did not take it.',
  ],
  run: async (parsed, io) => {
    const answer = await withClient(placeOf(parsed, io), outcome);
    if (!answer.ok) return failed(answer.failure);
    const rows = answer.result;
    const said = rows.map(({ name, ok, detail }) => `${name}: ${ok ? 'taken' : detail}`);
    return tell(parsed, io, { targets: rows }, said, rows.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.findings);
  },
};
