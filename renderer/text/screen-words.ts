import type { Screen } from '../data/screens/screen.ts';

/** One or two words for how the app stands with the keeper, where the level stands otherwise. */
export const screenWord: Readonly<Record<Screen['kind'], string>> = {
  connecting: 'Measuring',
  silent: 'No reading',
  lost: 'Not answering',
  missing: 'Not running',
  helper_older: 'Update needed',
  helper_newer: 'Update needed',
  refused: 'Refused',
  not_installed: 'Not installed',
  registering: 'Installing',
  needs_approval: 'Needs approval',
  starting: 'Starting',
  enabled_silent: 'Not answering',
  refreshing: 'Updating',
  ask_removal: 'Remove',
  removing: 'Removing',
  removed: 'Removed',
};
