export * from './errors.ts';
export * from './messages.ts';
export * from './relief.ts';
export * from './requests.ts';
export * from './status.ts';
export * from './values.ts';
export * from './verbs.ts';
export * from './version.ts';
