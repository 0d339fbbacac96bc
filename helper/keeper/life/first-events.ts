import type { Configuration } from '../configuration.ts';
import type { KeeperEvent } from '../judgement/events.ts';
import type { Loop } from '../loop.ts';
import type { Records } from '../records.ts';
import type { OwnFacts } from './own-facts.ts';
import { productionRunDirectory } from './run-directory.ts';

/** What the loop is told before its first sample: nothing is judged without it. */

export interface FirstEventsOptions {
  readonly loop: Pick<Loop, 'post' | 'state'>;
  /** What was told before there was a loop to hear it. */
  readonly early: readonly KeeperEvent[];
  readonly ownFacts: Pick<OwnFacts, 'tell'>;
  readonly configuration: Pick<Configuration, 'state'>;
  readonly recall: Records['recall'];
  readonly runDirectory: string;
}

export const tellFirstEvents = (options: FirstEventsOptions): void => {
  const { loop, early, ownFacts, configuration, recall, runDirectory } = options;
  for (const event of early) loop.post(event);
  ownFacts.tell(loop.state());
  loop.post({ type: 'config', state: configuration.state() });
  if (process.env.CASTELLAN_DRY_RUN === '1') loop.post({ type: 'forced_dry_run' });
  const recalled = recall();
  if (recalled === null) return;
  const { memory, ageMs } = recalled;
  // A checkout begins in the dry run unless its configuration says otherwise, whatever was chosen in an earlier run of it.
  const isInstalled = runDirectory === productionRunDirectory(process.platform);
  loop.post({ type: 'remembered', memory: isInstalled ? memory : { ...memory, choice: null }, ageMs });
};
