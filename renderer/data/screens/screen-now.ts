import type { Store } from '../state.ts';
import { registrationScreen } from './registration.ts';
import { type Screen, screenFor } from './screen.ts';

/**
 * What is shown instead of, or above, the figures now; null: all is well. The clock is asked for only where words grow older
 * with it: whatever reads it is drawn anew each second.
 */
export const screenNow = (store: Pick<Store, 'connection' | 'registration' | 'nowMs'>): Screen | null => {
  const connection = store.connection.value;
  const registration = store.registration.value;
  if (connection.kind === 'connected' && registration.removal === null) return null;
  const nowMs = store.nowMs.value;
  return registrationScreen(registration, connection, nowMs) ?? screenFor(connection, nowMs);
};

/** The keeper answers, and this account may ask it for something. */
export const canActNow = (store: Pick<Store, 'connection'>): boolean => {
  const connection = store.connection.value;
  return connection.kind === 'connected' && connection.tier !== 'read';
};
