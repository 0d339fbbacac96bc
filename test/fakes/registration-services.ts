import type { Service, ServicePort, ServiceStatus } from '../../app/registration/services.ts';

/** What a Mac does with the daemons it is told of, as people have met it. */
export type MacKind =
  /** Registers, and waits for the switch under Login Items. */
  | 'asks'
  | 'willing'
  /** Registers nothing and says nothing. */
  | 'refuses'
  /** Says `not-found` of everything, before and after. */
  | 'finds_nothing'
  /** Says `not-found` before the first registration only. */
  | 'fresh'
  /** Keeps what is unregistered. */
  | 'clings';

export interface FakeServices extends ServicePort {
  readonly statuses: Map<Service, ServiceStatus>;
  /** Service and what it was set to, in order. */
  readonly sets: string[];
  /** Somebody turns the switch on. */
  readonly approve: () => void;
}

/** Refers to nothing outside: a test of the app carries its text over into the app's main process. */
export const createFakeServices = (kind: MacKind, start: ServiceStatus = 'not-registered'): FakeServices => {
  const names = ['deadman', 'keeper', 'gateway'] as const;
  const first = kind === 'finds_nothing' || kind === 'fresh' ? 'not-found' : start;
  const statuses = new Map<Service, ServiceStatus>(names.map((name) => [name, first]));
  const sets: string[] = [];
  return {
    statuses,
    sets,
    approve: () => {
      for (const [name, status] of statuses) if (status === 'requires-approval') statuses.set(name, 'enabled');
    },
    status: (service) => statuses.get(service) ?? 'unknown',
    set: (service, isOn) => {
      sets.push(`${service} ${isOn ? 'on' : 'off'}`);
      if (kind === 'refuses' || kind === 'finds_nothing') return;
      if (!isOn && kind === 'clings') return;
      statuses.set(service, isOn ? (kind === 'asks' ? 'requires-approval' : 'enabled') : 'not-registered');
    },
  };
};
