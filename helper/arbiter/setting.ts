/**
 * One setting of the kernel that is kept as configured: read back in every slot, set again when it has drifted, and left
 * alone when the kernel refuses it or somebody else insists on another value. The same for a band and for the GPU's limit.
 * Plain data with finite numbers.
 */
export interface Setting {
  /**
   * `unread`: nobody has looked yet. `drifted`: it is not as wanted, and is set or about to be. `unknown`: it cannot be
   * read. `contested`: others changed it three times in ten minutes, and it is left to them.
   */
  readonly state: 'unread' | 'held' | 'drifted' | 'refused' | 'contested' | 'unknown';
  /** Why it is refused, contested or unknown; empty otherwise. */
  readonly detail: string;
  /** When it was told to be set and nobody has answered yet; null: nothing is under way. */
  readonly wishedMs: number | null;
  /** It was as wanted when it was known last: another value is somebody else's doing. */
  readonly isSet: boolean;
  /** When others changed it, at most three of the last ten minutes. */
  readonly overwrittenMs: readonly number[];
  /** It was refused: not tried again before. */
  readonly notBeforeMs: number | null;
  /** Since when it has been as wanted at every look; null: it is not. */
  readonly heldSinceMs: number | null;
}

export const newSetting: Setting = {
  state: 'unread',
  detail: '',
  wishedMs: null,
  isSet: false,
  overwrittenMs: [],
  notBeforeMs: null,
  heldSinceMs: null,
};

/** What one look found. */
export type Sight =
  | { readonly kind: 'as_wanted' }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly isRefused: boolean; readonly detail: string }
  | { readonly kind: 'not_looked' };

/** `withdrawn`: what it was to be set for is gone. */
export type WishOutcome = 'ok' | 'failed' | 'timed_out' | 'withdrawn';

/** Others who change it this often within the window are not fought. */
const mostOverwrites = 3;
export const contestWindowMs = 600_000;
/** What was refused is not allowed a moment later either. */
export const retryRefusedMs = 600_000;
/** Every wish is answered, at the latest as timed out; one that is not must not be repeated for ever. */
const unansweredMs = 30_000;

export interface Looked {
  readonly setting: Setting;
  /** It is to be set now. */
  readonly wish: boolean;
  /** Somebody else has changed it since the last look. */
  readonly isOverwritten: boolean;
}

/** The answer to a wish. One that nobody waits for changes nothing. */
export const answerWish = (before: Setting, outcome: WishOutcome, detail: string, nowMs: number): Setting => {
  if (before.wishedMs === null) return before;
  const answered: Setting = { ...before, wishedMs: null };
  switch (outcome) {
    case 'ok':
      return { ...answered, state: 'held', detail: '', isSet: true, notBeforeMs: null, heldSinceMs: nowMs };
    case 'withdrawn':
      return answered;
    case 'failed':
    case 'timed_out':
      return { ...answered, state: 'refused', detail, isSet: false, notBeforeMs: nowMs + retryRefusedMs };
  }
};

const isHeld = (known: Setting): boolean =>
  known.state === 'held' &&
  known.detail === '' &&
  known.wishedMs === null &&
  known.isSet &&
  known.notBeforeMs === null &&
  known.heldSinceMs !== null;

const asWanted = (before: Setting, nowMs: number): Setting => {
  // As at nearly every look.
  if (isHeld(before)) return before;
  const heldSinceMs = before.heldSinceMs ?? nowMs;
  const isLeftToOthers = before.state === 'contested' && nowMs - heldSinceMs < contestWindowMs;
  return {
    ...before,
    state: isLeftToOthers ? 'contested' : 'held',
    detail: isLeftToOthers ? before.detail : '',
    wishedMs: null,
    isSet: true,
    overwrittenMs: before.state === 'contested' && !isLeftToOthers ? [] : before.overwrittenMs,
    notBeforeMs: null,
    heldSinceMs,
  };
};

const contestedText = `others changed it ${mostOverwrites} times within ten minutes`;

const other = (before: Setting, nowMs: number, mayWish: boolean): Looked => {
  const isOverwritten = before.isSet;
  const recent = before.overwrittenMs.filter((atMs) => nowMs - atMs < contestWindowMs);
  const seen: Setting = { ...before, isSet: false, heldSinceMs: null, overwrittenMs: recent };
  if (before.state === 'contested') return { setting: seen, wish: false, isOverwritten };
  if (before.wishedMs !== null) return { setting: seen, wish: false, isOverwritten: false };
  const overwrittenMs = isOverwritten ? [...recent, nowMs] : recent;
  if (overwrittenMs.length >= mostOverwrites)
    return {
      setting: { ...seen, state: 'contested', detail: contestedText, overwrittenMs, notBeforeMs: null },
      wish: false,
      isOverwritten,
    };
  const isTooSoon = before.notBeforeMs !== null && nowMs < before.notBeforeMs;
  const wish = mayWish && !isTooSoon;
  // A refusal lasts until the kernel has agreed: the next try does not end it.
  const isRefused = before.state === 'refused' && before.notBeforeMs !== null;
  return {
    setting: {
      ...seen,
      state: isRefused ? 'refused' : 'drifted',
      detail: isRefused ? before.detail : '',
      overwrittenMs,
      wishedMs: wish ? nowMs : null,
    },
    wish,
    isOverwritten,
  };
};

/**
 * One look, once a slot.
 *
 * @param mayWish nothing is set while it is false
 * @param setsUnread what is seen for the first time is set without having been read: a process that has just started must
 *   not wait for the next slot
 */
export const lookAt = (
  known: Setting,
  sight: Sight,
  nowMs: number,
  { mayWish, setsUnread }: { readonly mayWish: boolean; readonly setsUnread: boolean },
): Looked => {
  const isLost = known.wishedMs !== null && nowMs - known.wishedMs >= unansweredMs;
  const before = isLost ? answerWish(known, 'timed_out', 'nobody answered', nowMs) : known;
  const stays = (setting: Setting): Looked => ({ setting, wish: false, isOverwritten: false });
  switch (sight.kind) {
    case 'as_wanted':
      return stays(asWanted(before, nowMs));
    case 'other':
      return other(before, nowMs, mayWish);
    case 'unreadable': {
      const { isRefused, detail } = sight;
      // Whether a contest is over is seen, not guessed.
      if (before.state === 'contested') return stays({ ...before, heldSinceMs: null });
      return stays({ ...before, state: isRefused ? 'refused' : 'unknown', detail, heldSinceMs: null });
    }
    case 'not_looked': {
      const wish = before.state === 'unread' && before.wishedMs === null && mayWish && setsUnread;
      return { setting: wish ? { ...before, wishedMs: nowMs } : before, wish, isOverwritten: false };
    }
  }
};
