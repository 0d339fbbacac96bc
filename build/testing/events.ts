/** The node:test reporter that runs inside each test process: one JSON line per finished test (see outcome.ts). */
import type { EventData } from 'node:test';
import type { TestEvent } from './outcome.ts';

type Source = AsyncIterable<{ readonly type: string; readonly data: unknown }>;

export default async function* events(source: Source): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type === 'test:pass') yield line(data as EventData.TestPass, true);
    else if (type === 'test:fail') yield line(data as EventData.TestFail, false);
  }
}

function line(data: EventData.TestPass | EventData.TestFail, passed: boolean): string {
  const { error } = data.details as { readonly error?: Error & { readonly failureType?: string } };
  const event: TestEvent = {
    name: data.name,
    nesting: data.nesting,
    passed,
    kind: data.details.type ?? 'test',
    ...(data.skip === undefined ? {} : { skip: data.skip }),
    ...(data.todo === undefined ? {} : { todo: data.todo }),
    ...(error ? { detail: describe(error) } : {}),
    ...(error?.failureType === 'subtestsFailed' ? { byChildren: true } : {}),
  };
  return `${JSON.stringify(event)}\n`;
}

/** node:test wraps what was thrown; the cause is what a reader wants. */
function describe(error: Error): string {
  const thrown = error.cause ?? error;
  if (!(thrown instanceof Error)) return typeof thrown === 'string' ? thrown : JSON.stringify(thrown);
  const own = thrown.stack?.includes(thrown.message) ? thrown.stack : `${thrown.message}\n${thrown.stack ?? ''}`;
  return thrown.cause instanceof Error ? `${own}\ncaused by: ${describe(thrown.cause)}` : own;
}
