export * from './errors.ts';
export * from './messages.ts';
export * from './relief.ts';
export * from './status.ts';
export * from './verbs.ts';
export * from './version.ts';
