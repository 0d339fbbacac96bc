import type { ComponentType } from 'preact';
import type { WindowPage } from '../../app/ipc/contract.ts';
import type { Status } from '../../helper/protocol/status.ts';
import type { Models } from '../models.ts';
import type { PageModels } from './page-models.ts';
import { HealthWindowPage } from './pages/health.tsx';
import { LogPage } from './pages/log.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { PolicyPage } from './pages/policy.tsx';
import { ProcessesPage } from './pages/processes.tsx';
import { SeatsPage } from './pages/seats.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { WhatIfPage } from './pages/what-if.tsx';

/** What every page is given. */
export interface PageProps extends Models, PageModels {
  readonly status: Status;
  /** The keeper answers: otherwise the status is the last one known. */
  readonly live: boolean;
  /** It answers, and this account may ask it for something. */
  readonly canAct: boolean;
}

/** A page that has something to show although nothing was ever measured. */
export interface BarePageProps extends Omit<PageProps, 'status'> {
  readonly status: Status | null;
}

interface PageEntry {
  readonly title: string;
  readonly page:
    | { readonly needs: 'status'; readonly Page: ComponentType<PageProps> }
    | { readonly needs: 'nothing'; readonly Page: ComponentType<BarePageProps> };
}

export const pages: Readonly<Record<WindowPage, PageEntry>> = {
  overview: { title: 'Overview', page: { needs: 'status', Page: OverviewPage } },
  seats: { title: 'Seats', page: { needs: 'status', Page: SeatsPage } },
  processes: { title: 'Processes', page: { needs: 'status', Page: ProcessesPage } },
  log: { title: 'Log', page: { needs: 'status', Page: LogPage } },
  health: { title: 'Health', page: { needs: 'status', Page: HealthWindowPage } },
  'what-if': { title: 'What-if', page: { needs: 'status', Page: WhatIfPage } },
  policy: { title: 'Policy', page: { needs: 'status', Page: PolicyPage } },
  settings: { title: 'Settings', page: { needs: 'nothing', Page: SettingsPage } },
};
