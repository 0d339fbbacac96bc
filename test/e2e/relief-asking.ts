import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright';
import { pageUrl } from '../../app/scheme.ts';
import type { LogRow, Proposal } from '../../helper/protocol/relief.ts';
import type { RunningApp } from './harness.ts';
import { castellan, statusOf } from './keeper-process.ts';
import { eventually, type World } from './surroundings.ts';

/** What tests of relief from end to end share: the policy, what is proposed, and the way from a notification to its card. */

export const writeConfig = (world: World, text: string): void => {
  mkdirSync(world.runDirectory, { recursive: true, mode: 0o755 });
  writeFileSync(path.join(world.runDirectory, 'castellan.toml'), text, { mode: 0o644 });
};

export const pendingOf = async (world: World): Promise<Proposal | undefined> =>
  (await statusOf(world)).relief.pending[0];

export const proposed = (world: World, verb: Proposal['verb']): Promise<Proposal> =>
  eventually(
    async () => {
      const proposal = await pendingOf(world);
      return proposal?.verb === verb && proposal;
    },
    `${verb} is proposed`,
    30_000,
  );

const popoverOf = (app: RunningApp): Promise<Page> =>
  eventually(
    async () => (await app.hook('isOpen')) && app.electron.windows().find((each) => each.url() === pageUrl),
    () => `the popover opens\n${app.output()}`,
  );

/** The card of a proposal in the popover. */
export const card = (page: Page, { episode }: Proposal) =>
  page.locator(`[data-testid=approval][data-episode="${episode}"]`);

/** The notification for a proposal, clicked; the card that it opens. */
export const clickNotification = async (world: World, app: RunningApp, proposal: Proposal): Promise<Page> => {
  const told = await eventually(
    () => world.bus.standing().find(({ summary }) => summary === proposal.title),
    () => `a notification for "${proposal.title}": ${JSON.stringify(world.bus.notifications())}\n${app.output()}`,
  );
  world.bus.click(told.id);
  const page = await popoverOf(app);
  await card(page, proposal).waitFor();
  return page;
};

export const rowsOf = async (world: World, kind: string): Promise<readonly LogRow[]> =>
  (await castellan(world, 'log', '--json', '--kind', kind))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRow);

/** A hog that may be frozen and, when asked, ended. */
export const runawayEntry = `[[relief.entry]]
name = "runaway"
pattern = '^/usr/local/bin/runaway(?: |$)'
class = "kill_allowed"
freeze_floor = "1 GB"
kill_floor = "2 GB"
`;

/** Live, with a hog that may be frozen and, when asked, ended, and two seats. */
export const simConfig = `
[relief]
mode = "live"
${runawayEntry}[[seat]]
name = "Cilghal"
class = "protected"
label = "com.sanctum.mlx"
peak = "41 GB"
wired = "18 GB"
probe_cmd = ["/usr/bin/true"]
[[seat]]
name = "Codestral"
class = "on_call"
label = "com.sanctum.mlx-codestral"
peak = "14 GB"
wired = "2 GB"
probe_cmd = ["/usr/bin/true"]
`;
