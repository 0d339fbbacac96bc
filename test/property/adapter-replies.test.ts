import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Adapter, AdapterContext } from '../../helper/adapters/adapter.ts';
import { llamaCpp } from '../../helper/adapters/llama-cpp.ts';
import { llamaSwap } from '../../helper/adapters/llama-swap.ts';
import { lmStudio } from '../../helper/adapters/lm-studio.ts';
import { mlxLm } from '../../helper/adapters/mlx-lm.ts';
import { ollama } from '../../helper/adapters/ollama.ts';
import { billionsIn } from '../../helper/adapters/parameters.ts';
import { fitting } from '../../helper/adapters/role.ts';
import { unloadModel } from '../../helper/adapters/unload.ts';
import { mostReplyBytes, plainNote, problem, replySchema } from '../../helper/adapters/wire.ts';
import { readReply } from '../../helper/keeper/acting/adapters.ts';

/** Whatever a runtime says, its adapter answers in the agreed form; whatever an adapter says, the keeper reads that form only. */

const seed = Number(process.env.CASTELLAN_SEED ?? Math.floor(Math.random() * 2 ** 31));
const options = { seed, numRuns: 300 };

const adapters: readonly Adapter[] = [lmStudio, ollama, llamaCpp, llamaSwap, mlxLm];

/** Text of all kinds, with what has hurt before among it. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    'llama-70b',
    '',
    ' ',
    '__proto__',
    '\u001b[2J',
    '\u202e',
    '\ud800',
    '-rf',
    'a'.repeat(500),
    '🦙'.repeat(90),
  ),
);
const number = fc.oneof(fc.double(), fc.constantFrom(-1, 0, 1e308, Number.MAX_SAFE_INTEGER, 4e10, 0.5));
const value = fc.oneof(text, number, fc.jsonValue({ maxDepth: 3 }));

/** Lists in nearly the right form, so that more than the outermost check is met. */
const row = fc.record(
  {
    key: value,
    id: value,
    name: value,
    model: value,
    identifier: value,
    modelKey: value,
    size: value,
    size_bytes: value,
    sizeBytes: value,
    params_string: value,
    state: value,
    status: fc.oneof(value, fc.record({ value: fc.constantFrom('loaded', 'loading', 'sleeping', '') })),
    details: fc.oneof(value, fc.record({ parameter_size: value })),
    meta: fc.oneof(value, fc.record({ n_params: value, size: value })),
    loaded_instances: fc.oneof(value, fc.array(fc.record({ id: value }), { maxLength: 5 })),
    is_processing: fc.oneof(fc.boolean(), value),
  },
  { requiredKeys: ['key', 'id', 'name', 'model', 'loaded_instances'] },
);
const rows = fc.array(row, { maxLength: 90 });
const answer = fc.oneof(
  value,
  rows,
  rows.map((models) => ({ models })),
  rows.map((data) => ({ data })),
  rows.map((running) => ({ running })),
  fc.constant({ status: 'ok' }),
);

const contextOf = (json: unknown, status: number): AdapterContext => {
  let looks = 3;
  return {
    call: async () => ({ ok: true, status, json: JSON.parse(JSON.stringify(json) ?? 'null'), text: '' }),
    cli: async (args) =>
      args[0] === 'ps' ? { ok: true, text: JSON.stringify(json) ?? '' } : problem('refused', 'not today'),
    // Time goes by with each question for it.
    leftMs: () => 1_000 * looks--,
    sleep: async () => {},
  };
};

test('a list of any runtime is of the agreed form, and fits', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...adapters),
      answer,
      fc.constantFrom(200, 404, 500),
      async (adapter, json, status) => {
        const listed = await adapter.list(contextOf(json, status));
        const reply = listed.ok ? fitting(listed.models, plainNote(listed.note)) : listed;
        const said = JSON.stringify(reply);
        assert.ok(Buffer.byteLength(said) < mostReplyBytes);
        assert.deepEqual(replySchema.parse(JSON.parse(said)), JSON.parse(said));
      },
    ),
    options,
  );
});

test('so is what came of an unload, and nothing is unloaded that was not listed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...adapters), answer, text, async (adapter, json, instance) => {
      let unloads = 0;
      const watched: Adapter = {
        list: adapter.list,
        unload: (context, model) => {
          unloads++;
          assert.equal(model.instance, instance);
          return adapter.unload(context, model);
        },
      };
      const reply = await unloadModel(watched, contextOf(json, 200), { id: instance, instance, evenBusy: true });
      assert.ok(replySchema.safeParse(reply).success, JSON.stringify(reply));
      if (reply.ok && reply.op === 'unload' && reply.seen === 'absent') assert.equal(unloads, 0);
    }),
    options,
  );
});

test('the keeper takes from any bytes a reply of the agreed form', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 2_000 }),
        fc.jsonValue().map((json) => Buffer.from(JSON.stringify(json))),
        fc
          .record({
            ok: fc.boolean(),
            op: fc.constantFrom('list', 'unload'),
            models: fc.array(value),
            note: text,
            seen: text,
          })
          .map((json) => Buffer.from(JSON.stringify(json))),
      ),
      fc.constantFrom('list', 'unload'),
      (bytes, op) => {
        const reply = readReply(Buffer.from(bytes), op);
        assert.ok(replySchema.safeParse(reply).success);
        assert.ok(!reply.ok || reply.op === op);
      },
    ),
    options,
  );
});

test('parameters are found in any text, or not, in bounded time', () => {
  fc.assert(
    fc.property(
      fc.oneof(value, fc.string({ unit: fc.constantFrom('7', '0', 'x', 'b', '.', 'B', ' ', '-'), maxLength: 400 })),
      (any) => {
        const billions = billionsIn(any);
        assert.ok(billions === null || (billions > 0 && billions <= 100_000));
      },
    ),
    options,
  );
  const known: readonly (readonly [string, number | null])[] = [
    ['70.6B', 70.6],
    ['8x7B', 56],
    ['qwen2.5-72b-instruct-4bit', 72],
    ['openai/gpt-oss-120b', 120],
    ['Qwen3.5-35B-A3B-4bit', 35],
    ['llama3.3:70b-instruct-q4_K_M', 70],
    ['gemma-3-270m', 0.27],
    ['Qwen2.5-7B-Instruct-1M', 7],
    ['gemma-3n-e4b', null],
    ['nomic-embed-text:latest', null],
    ['mlx-4bit', null],
  ];
  for (const [name, billions] of known) assert.equal(billionsIn(name), billions, name);
});
