import type { Answer, Ready, Session } from '../../helper/protocol/session.ts';
import type { Registration, RegistrationAct } from '../ipc/contract.ts';
import type { StateEvent } from '../state.ts';
import { noRegistration } from '../state.ts';
import { faultOf, isRegistered, skewOf, stateOf } from './model.ts';
import { type Removing, removeDaemons } from './removal.ts';
import { type ServicePort, services } from './services.ts';
import { type Pause, registrationTimes, settle } from './settle.ts';

/**
 * The daemons' registration: what macOS says of them, and what the operator wants of it. Updates never register anew: macOS
 * refuses a register that follows an unregister, and keeps the wreck; the helper ends in order instead, and launchd starts the
 * new file.
 */

export interface RegistrationOptions {
  /** Null: this app cannot register anything. */
  readonly port: ServicePort | null;
  readonly version: string;
  readonly tell: (event: StateEvent) => void;
  readonly request: Session['request'];
  /** Past its handshake, now. */
  readonly isConnected: () => boolean;
  readonly reconnect: () => void;
  readonly forgetLoginItem: () => void;
  /** Wall time, ms since 1970. */
  readonly nowMs: () => number;
  readonly pause: Pause;
  readonly log: (line: string) => void;
}

export interface RegistrationHandle {
  readonly act: (act: RegistrationAct) => void;
  /** A helper answered. */
  readonly welcomed: (ready: Pick<Ready, 'helperVersion' | 'instance' | 'tier'>) => void;
  /** It does not answer any more. */
  readonly parted: () => void;
  /** For tests: another macOS. */
  readonly use: (port: ServicePort) => void;
  readonly isAvailable: () => boolean;
  readonly stop: () => void;
}

export const createRegistration = (options: RegistrationOptions): RegistrationHandle => {
  const { version, pause, log } = options;
  let { port } = options;
  let now: Registration = noRegistration;
  let isBusy = false;
  let isStopped = false;
  /** Instances of the helper that were asked to make room for a newer one: once each. */
  const asked = new Set<string>();
  let onNext: ((ready: Pick<Ready, 'helperVersion'>) => void) | null = null;

  const show = (change: Partial<Registration>): void => {
    now = { ...now, ...change };
    options.tell({ kind: 'registration', registration: now });
  };

  /** What macOS says, now. */
  const look = (): void => {
    if (port === null || now.removal?.kind === 'done') return;
    const { status } = port;
    const state = stateOf(services.map((service) => status(service)));
    const enabledSinceMs = state === 'enabled' ? (now.enabledSinceMs ?? options.nowMs()) : null;
    // Approved meanwhile: the helper starts this moment.
    if (state === 'enabled' && now.state !== 'enabled') options.reconnect();
    show({ state, enabledSinceMs, ...(state === 'not_registered' ? {} : { fault: null }) });
    void watch();
  };

  /** What a person changes in System Settings has to be looked for: nothing tells of it. Who is connected has its helper. */
  const isToBeWatched = (): boolean => port !== null && (now.state === 'needs_approval' || !options.isConnected());
  let isWatching = false;
  /** Ends when there is nothing to look for; called again by whatever may have changed that. */
  const watch = async (): Promise<void> => {
    if (isWatching) return;
    isWatching = true;
    while (!isStopped && isToBeWatched()) {
      await pause(registrationTimes.watchEveryMs);
      if (!isBusy && !isStopped && isToBeWatched()) look();
    }
    isWatching = false;
  };

  const install = async (to: ServicePort): Promise<void> => {
    show({ state: 'registering', fault: null });
    for (const service of services) {
      if (isRegistered(to.status(service))) continue;
      to.set(service, true);
      const status = await settle(() => to.status(service), isRegistered, pause);
      log(`registration: ${service} is ${status} after it was registered`);
      // The others would fare no better, and without the deadman there is no use for them.
      if (!isRegistered(status)) break;
    }
    const fault = faultOf(services.map((service) => to.status(service)));
    look();
    show({ fault });
    options.reconnect();
  };

  const refresh = async (helper: string): Promise<void> => {
    const failed = (why: string): void => {
      log(`registration: helper ${helper} not refreshed, ${why}`);
      show({ update: { kind: 'refresh_failed', helper, app: version, why } });
    };
    show({ update: { kind: 'refreshing', helper, app: version } });
    const next = new Promise<Pick<Ready, 'helperVersion'> | null>((resolve) => {
      onNext = resolve;
      void pause(registrationTimes.refreshMs).then(() => resolve(null));
    });
    const answer: Answer<unknown> = await options.request('keeper.refresh', {});
    if (!answer.ok) {
      onNext = null;
      failed(answer.failure.message);
      return;
    }
    const ready = await next;
    onNext = null;
    if (ready === null) failed('It ended and was not started again within a minute.');
    else if (skewOf(ready.helperVersion, version) === 'older') failed('launchd started the same version again.');
    else show({ update: null });
  };

  const remove = async (to: ServicePort, withData: boolean): Promise<void> => {
    const removing: Removing = { ...options, port: to, withData };
    const done = await removeDaemons(removing);
    show({ state: 'not_registered', enabledSinceMs: null, removal: done });
  };

  let underWay: Promise<void> = Promise.resolve();
  const begin = (work: () => Promise<void>): void => {
    isBusy = true;
    underWay = underWay
      .then(work)
      .catch((fault: unknown) => {
        const why = fault instanceof Error ? fault.message : String(fault);
        log(`registration: ${fault instanceof Error ? (fault.stack ?? why) : why}`);
        show({ fault: `That did not succeed: ${why}`, removal: null });
      })
      .finally(() => {
        isBusy = false;
      });
  };
  /** One at a time; what is asked for meanwhile is not kept. */
  const alone = (work: () => Promise<void>): void => {
    if (!isBusy) begin(work);
  };

  let helperVersion = '';
  look();
  return {
    isAvailable: () => port !== null,
    use: (other) => {
      port = other;
      now = { ...noRegistration };
      asked.clear();
      look();
    },
    act: (act) => {
      const to = port;
      if (to === null) return;
      switch (act) {
        case 'install':
          alone(() => install(to));
          return;
        case 'refresh':
          alone(() => refresh(helperVersion));
          return;
        case 'ask_removal':
          if (now.removal === null) show({ removal: { kind: 'asking' } });
          return;
        case 'cancel_removal':
          if (now.removal?.kind === 'asking') show({ removal: null });
          return;
        case 'remove':
        case 'remove_with_data':
          if (now.removal?.kind === 'removing') return;
          // Seen at once, also when it has to wait for what is under way.
          show({ removal: { kind: 'removing' }, update: null });
          begin(() => remove(to, act === 'remove_with_data'));
      }
    },
    welcomed: (ready) => {
      helperVersion = ready.helperVersion;
      onNext?.(ready);
      if (port === null || now.removal !== null || isBusy) return;
      look();
      const skew = skewOf(helperVersion, version);
      if (skew === 'same') show({ update: null });
      if (skew === 'newer') show({ update: { kind: 'app_older', helper: helperVersion, app: version } });
      // Only a helper that launchd starts from this app's own bundle is another one when it has been started anew.
      if (skew !== 'older' || now.state !== 'enabled' || ready.tier === 'read' || asked.has(ready.instance)) return;
      asked.add(ready.instance);
      alone(() => refresh(ready.helperVersion));
    },
    parted: () => void watch(),
    stop: () => {
      isStopped = true;
    },
  };
};
