import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type AuditEntry, createAudit } from '../../helper/journal/audit.ts';
import { type AuditPage, type AuditQuery, readAudit } from '../../helper/journal/audit-read.ts';
import { folder } from './journal-support.ts';

const stopped = (wallMs: number): AuditEntry => ({ kind: 'keeper_stopped', wallMs, instance: 'run', reason: 'x' });
const refused = (wallMs: number): AuditEntry => ({
  kind: 'refusal',
  wallMs,
  instance: 'run',
  verb: 'approve',
  code: 'approval_used',
  detail: '',
  byUid: 501,
});

const numbers = (page: AuditPage): readonly (number | undefined)[] => page.rows.map(({ wallMs }) => wallMs);

/** The last page, and all before it, oldest first. */
const backwards = async (query: Omit<AuditQuery, 'before'>) => {
  let page = await readAudit(query);
  const { cursor } = page;
  let rows = numbers(page);
  let pages = 1;
  while (page.older !== null) {
    page = await readAudit({ ...query, before: page.older });
    rows = [...numbers(page), ...rows];
    pages += 1;
    assert.ok(pages < 1000, 'it ends');
  }
  return { rows, cursor };
};

describe('reading the audit backwards', () => {
  test('page by page every row comes once, over any files, and what is written meanwhile comes after', async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(300, 1000, 100_000),
        async (count, limit, maxBytes) => {
          const directory = folder(t);
          const audit = createAudit({ directory, maxBytes, kept: 300 });
          for (let i = 0; i < count; i += 1) audit.append(i % 3 === 0 ? refused(i) : stopped(i));
          const all = await backwards({ directory, limit });
          assert.deepEqual(
            all.rows,
            Array.from({ length: count }, (_, i) => i),
          );
          const kinds = await backwards({ directory, limit, kinds: ['refusal'] });
          assert.deepEqual(
            kinds.rows,
            Array.from({ length: Math.ceil(count / 3) }, (_, i) => i * 3),
          );
          audit.append(stopped(1000));
          assert.deepEqual(numbers(await readAudit({ directory, limit: 5, after: all.cursor })), [1000]);
          audit.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  test('no rows before are no cursor; a file that is gone is said', async (t) => {
    const directory = folder(t);
    const audit = createAudit({ directory, maxBytes: 200, kept: 20 });
    for (let i = 0; i < 10; i += 1) audit.append(stopped(i));
    audit.close();
    const page = await readAudit({ directory, limit: 3 });
    assert.ok(page.older !== null);
    const { older } = page;
    for (let i = 1; i < 12; i += 1) rmSync(join(directory, `audit.jsonl.${i}`), { force: true });
    rmSync(join(directory, 'audit.jsonl'));
    const gone = await readAudit({ directory, limit: 3, before: older });
    assert.deepEqual([gone.rows, gone.older, gone.missed], [[], null, true]);
    const nonsense = await readAudit({ directory, limit: 3, before: 'nonsense' });
    assert.deepEqual([nonsense.rows, nonsense.older, nonsense.missed], [[], null, true]);
  });
});
