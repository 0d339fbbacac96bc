import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  createDecoder,
  encodeFrame,
  frameHeaderBytes,
  frameMagic,
  limitToKeeper,
} from '../../helper/protocol/frame.ts';
import { depthLimit, encodeMessage, parseJson } from '../../helper/protocol/json.ts';

const small = 256;

const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** The stream in pieces cut at the given places. */
const pieces = (stream: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] => {
  const at = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return at.slice(1).map((end, index) => stream.subarray(at[index], end));
};

const decodeAll = (parts: readonly Uint8Array[], limit: number) => {
  const decoder = createDecoder(limit);
  const payloads: Uint8Array[] = [];
  let code: string | null = null;
  for (const part of parts) {
    const decoded = decoder.push(part);
    payloads.push(...decoded.payloads);
    code = decoded.failure?.code ?? null;
    assert.ok(decoder.pendingBytes() <= frameHeaderBytes + limit);
  }
  return { payloads, code, decoder };
};

const payload = fc.uint8Array({ maxLength: small });
const cuts = fc.array(fc.nat(), { maxLength: 40 });

describe('framing', () => {
  test('any split of a stream gives the payloads that were put in', () => {
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 8 }), cuts, (payloads, where) => {
        const stream = join(payloads.map((one) => encodeFrame(one, small)));
        const decoded = decodeAll(pieces(stream, where), small);
        assert.deepEqual(decoded.payloads, payloads);
        assert.equal(decoded.code, null);
        assert.equal(decoded.decoder.pendingBytes(), 0);
      }),
    );
  });

  test('a stream that ends early gives only its whole frames, and waits', () => {
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 5 }), fc.nat(), (payloads, cut) => {
        const frames = payloads.map((one) => encodeFrame(one, small));
        const stream = join(frames);
        const end = cut % stream.length;
        const decoded = decodeAll([stream.subarray(0, end)], small);
        let whole = 0;
        for (let used = frames[0]?.length ?? 0; used <= end; used += frames[whole]?.length ?? stream.length) whole += 1;
        assert.deepEqual(decoded.payloads, payloads.slice(0, whole));
        assert.equal(decoded.code, null);
      }),
    );
  });

  test('garbage never throws, is refused at its first wrong byte, and nothing after it is read', () => {
    const starts = (bytes: Uint8Array): boolean => frameMagic.every((byte, at) => bytes[at] === byte);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 600 }), cuts, payload, (garbage, where, after) => {
        fc.pre(!starts(garbage));
        const stream = join([garbage, encodeFrame(after, small)]);
        const decoded = decodeAll(pieces(stream, where), small);
        assert.deepEqual(decoded.payloads, []);
        assert.equal(decoded.code, 'bad_frame');
      }),
    );
  });

  test('frames before garbage are given, the stream is broken from then on', () => {
    fc.assert(
      fc.property(payload, fc.uint8Array({ minLength: 1, maxLength: 50 }), cuts, (first, tail, where) => {
        fc.pre(tail[0] !== frameMagic[0]);
        const stream = join([encodeFrame(first, small), tail, encodeFrame(first, small)]);
        const decoded = decodeAll(pieces(stream, where), small);
        assert.deepEqual(decoded.payloads, [first]);
        assert.equal(decoded.code, 'bad_frame');
        assert.equal(decoded.decoder.push(encodeFrame(first, small)).payloads.length, 0);
      }),
    );
  });

  test('no text, whatever its lines, forms a frame', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }), cuts, (text, where) => {
        const decoded = decodeAll(pieces(new TextEncoder().encode(text), where), small);
        assert.deepEqual(decoded.payloads, []);
        assert.equal(decoded.code, 'bad_frame');
      }),
    );
  });

  test('a length above the limit is refused before anything is kept of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: small + 1, max: 0xffffffff }), cuts, (length, where) => {
        const header = new Uint8Array(frameHeaderBytes);
        header.set(frameMagic);
        new DataView(header.buffer).setUint32(4, length);
        const decoded = decodeAll(pieces(header, where), small);
        assert.equal(decoded.code, 'frame_too_large');
        assert.equal(decoded.decoder.pendingBytes(), 0);
      }),
    );
  });

  test('64 KiB pass, one byte more does not, on either side', () => {
    const most = new Uint8Array(limitToKeeper);
    assert.equal(
      createDecoder(limitToKeeper).push(encodeFrame(most, limitToKeeper)).payloads[0]?.length,
      limitToKeeper,
    );
    const more = new Uint8Array(limitToKeeper + 1);
    assert.throws(() => encodeFrame(more, limitToKeeper), RangeError);
    const decoded = createDecoder(limitToKeeper).push(encodeFrame(more, limitToKeeper + 1));
    assert.equal(decoded.failure?.code, 'frame_too_large');
    assert.equal(decoded.payloads.length, 0);
  });
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

const hasForbidden = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(
    ([key, inner]) =>
      (!Array.isArray(value) && ['__proto__', 'constructor', 'prototype'].includes(key)) || hasForbidden(inner),
  );

describe('strict JSON', () => {
  test('what is written is read back, if it is not too deep and names no forbidden key', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20, stringUnit: 'binary' }), (value) => {
        const parsed = parseJson(encodeMessage(value, 2 ** 24).subarray(frameHeaderBytes));
        const refused = depthOf(value) > depthLimit || hasForbidden(value);
        assert.equal(parsed.ok, !refused);
        if (parsed.ok) assert.deepEqual(parsed.value, JSON.parse(JSON.stringify(value)));
        else assert.equal(parsed.failure.code, 'bad_json');
      }),
    );
  });

  test('no bytes make it throw, and what it accepts JSON.parse accepts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
        const parsed = parseJson(garbage);
        if (parsed.ok) assert.deepEqual(parsed.value, JSON.parse(new TextDecoder().decode(garbage)));
        else assert.equal(parsed.failure.code, 'bad_json');
      }),
    );
  });

  test('depth is counted outside strings only', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', ']', 'x'), maxLength: 200 }), (text) => {
        assert.deepEqual(parseJson(bytes(JSON.stringify([text]))), { ok: true, value: [text] });
      }),
    );
  });

  test('a bomb of 60,000 open brackets is refused before it is parsed', () => {
    for (const open of ['[', '{"a":']) {
      const parsed = parseJson(bytes(open.repeat(Math.floor(60_000 / open.length))));
      assert.ok(!parsed.ok);
      assert.match(parsed.failure.detail, /deeper than 16/);
    }
    const level = (depth: number): Uint8Array => bytes('['.repeat(depth) + ']'.repeat(depth));
    assert.equal(parseJson(level(16)).ok, true);
    assert.equal(parseJson(level(17)).ok, false);
  });

  test('keys that reach a prototype are refused at any depth and however they are written', () => {
    const refused = [
      '{"__proto__":{"a":1}}',
      '{"a":[{"constructor":1}]}',
      '{"a":{"b":{"prototype":null}}}',
      '{"\\u005f_proto__":1}',
      '{"\\u0063onstructor":1}',
      '{"__pro\\u0074o__":1}',
    ];
    for (const text of refused) {
      const parsed = parseJson(bytes(text));
      assert.ok(!parsed.ok, text);
      assert.equal(parsed.failure.code, 'bad_json');
    }
    // As values they are only words.
    assert.equal(parseJson(bytes('["__proto__","constructor"]')).ok, true);
    assert.equal(parseJson(bytes('{"protocol":1,"name":"__proto__"}')).ok, true);
  });

  test('broken UTF-8, a byte order mark and trailing text are refused', () => {
    const refused = [
      Uint8Array.of(0x22, 0xc3, 0x22),
      Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
      Uint8Array.of(0x22, 0xc0, 0xaf, 0x22),
      Uint8Array.of(0xef, 0xbb, 0xbf, 0x31),
      bytes('{} {}'),
      bytes(''),
    ];
    for (const one of refused) {
      assert.equal(parseJson(one).ok, false);
      assert.deepEqual(parseJson(bytes('["é"]')), { ok: true, value: ['é'] }, 'nothing of it is left for the next');
    }
  });
});
