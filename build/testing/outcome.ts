/** One test of a file, or a file or stage that counts as one. */
export type Outcome =
  | { readonly status: 'passed'; readonly name: string }
  | { readonly status: 'failed'; readonly name: string; readonly detail: string }
  | { readonly status: 'skipped'; readonly name: string; readonly reason: string };

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const totalsOf = (outcomes: readonly Outcome[]): Totals => ({
  passed: outcomes.filter((outcome) => outcome.status === 'passed').length,
  failed: outcomes.filter((outcome) => outcome.status === 'failed').length,
  skipped: outcomes.filter((outcome) => outcome.status === 'skipped').length,
});

export const lastLine = ({ passed, failed, skipped }: Totals): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** 0 only when something ran and nothing failed. */
export const exitCodeOf = ({ passed, failed }: Totals): 0 | 1 => (failed === 0 && passed > 0 ? 0 : 1);

/** What the reporter inside a test process writes for each finished test, one JSON object a line. */
export interface TestEvent {
  readonly name: string;
  /** 0 for a test of the file itself; a test inside another has one more. */
  readonly nesting: number;
  readonly passed: boolean;
  /** `suite` for describe(). */
  readonly kind: string;
  /** The reason, or true where none was given. */
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly detail?: string;
  /** It failed only because something inside it did. */
  readonly byChildren?: true;
}

const reasonOf = (mark: string | boolean, otherwise: string): string =>
  typeof mark === 'string' && mark !== '' ? mark : otherwise;

/**
 * Outcomes of one file. Events come in the order of node:test: children before the suite or test they are in. Suites
 * and tests that only hold others count for nothing by themselves, unless one fails of its own (a hook, or a body after
 * its subtests).
 */
export function outcomesOf(file: string, events: readonly TestEvent[]): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  /** Finished events that wait for their parent's name, by depth. */
  const open: { readonly depth: number; readonly at: number }[] = [];
  for (const event of events) {
    const children: number[] = [];
    while (open.length > 0 && (open[open.length - 1]?.depth ?? 0) > event.nesting) children.push(open.pop()?.at ?? 0);
    for (const at of children) {
      const child = outcomes[at];
      if (child) outcomes[at] = { ...child, name: `${event.name} › ${child.name}` };
    }
    const isContainer = event.kind === 'suite' || children.length > 0;
    for (const at of children) open.push({ depth: event.nesting, at });
    const isSkippedWhole = event.skip !== undefined && children.length === 0;
    if (isContainer && (event.passed || event.byChildren) && !isSkippedWhole) continue;
    open.push({ depth: event.nesting, at: outcomes.length });
    outcomes.push(outcomeOf(event));
  }
  return outcomes.map((outcome) => ({ ...outcome, name: `${file} › ${outcome.name}` }));
}

function outcomeOf(event: TestEvent): Outcome {
  const { name } = event;
  if (event.skip !== undefined && event.skip !== false) {
    return { status: 'skipped', name, reason: reasonOf(event.skip, 'no reason given') };
  }
  if (event.todo !== undefined && event.todo !== false) {
    return { status: 'skipped', name, reason: `to do: ${reasonOf(event.todo, 'no reason given')}` };
  }
  return event.passed
    ? { status: 'passed', name }
    : { status: 'failed', name, detail: event.detail ?? 'no detail given' };
}
