import type { Config } from '../../config/config.ts';
import type { Host } from '../../host/port.ts';
import type { KeeperEvent } from '../judgement/events.ts';
import type { KeeperState } from '../judgement/state.ts';
import { consoleUserOf } from '../server/console-user.ts';
import { createAdapterAccount } from './adapter-account.ts';
import { type Adapters, createAdapters } from './adapters.ts';
import { createRuntimeWatch } from './runtimes.ts';
import { createUnload, type Unload } from './runtimes-unload.ts';

/** Everything about runtimes of models and what else is no signal and no service, in one piece for the keeper. */

export interface RuntimeDesk {
  readonly unload: Unload;
  /** Also of containers. */
  readonly adapters: Pick<Adapters, 'askDocker'>;
  /** Once, when the loop hears. */
  readonly tell: () => void;
  /** To be called after each sample but the fast ones. */
  readonly afterSample: (state: KeeperState) => void;
  readonly close: () => void;
}

export interface RuntimeDeskOptions {
  readonly host: Host;
  /** Of the keeper. */
  readonly uid: number;
  readonly config: () => Config;
  readonly post: (event: KeeperEvent) => void;
  readonly warn: (text: string) => void;
}

export const createRuntimeDesk = ({ host, uid, config, post, warn }: RuntimeDeskOptions): RuntimeDesk => {
  const consoleUid = consoleUserOf(host.kind, uid);
  const adapters = createAdapters({ account: createAdapterAccount({ hostKind: host.kind, ownUid: uid, consoleUid }) });
  return {
    unload: createUnload({ adapters, host, config }),
    adapters,
    tell: () => {
      if (host.flushCaches !== undefined) post({ type: 'adapters', names: ['purge'] });
    },
    afterSample: createRuntimeWatch({ host, config, adapters, post, warn }),
    close: adapters.close,
  };
};
