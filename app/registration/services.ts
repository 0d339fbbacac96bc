import type { App } from 'electron';

/**
 * The three daemons as macOS keeps them: SMAppService, through Electron. A set tells nothing, neither success nor why not
 * (Electron only logs what SMAppService throws), so each is followed by a look.
 */

/** Names of the property lists in Contents/Library/LaunchDaemons; a test compares them with the installer's. */
const serviceNames = {
  deadman: 'com.sanctum.castellan.deadman',
  keeper: 'com.sanctum.castellan',
  gateway: 'com.sanctum.castellan.gateway',
} as const;
export type Service = keyof typeof serviceNames;

/** In the order in which they are registered: who resumes is there before who freezes. They go the other way round. */
export const services = ['deadman', 'keeper', 'gateway'] as const satisfies readonly Service[];

export const serviceFile = (service: Service, isDevelopment: boolean): string =>
  `${serviceNames[service]}${isDevelopment ? '.dev' : ''}.plist`;

export type ServiceStatus = 'not-registered' | 'enabled' | 'requires-approval' | 'not-found' | 'unknown';

export interface ServicePort {
  readonly status: (service: Service) => ServiceStatus;
  readonly set: (service: Service, isOn: boolean) => void;
}

const known = ['not-registered', 'enabled', 'requires-approval', 'not-found'] as const;
export const readStatus = (word: unknown): ServiceStatus => known.find((each) => each === word) ?? 'unknown';

type LoginItems = Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>;

export const electronServices = (app: LoginItems, isDevelopment: boolean): ServicePort => {
  const named = (service: Service) =>
    ({ type: 'daemonService', serviceName: serviceFile(service, isDevelopment) }) as const;
  return {
    status: (service) => readStatus(app.getLoginItemSettings(named(service)).status),
    set: (service, isOn) => app.setLoginItemSettings({ ...named(service), openAtLogin: isOn }),
  };
};
