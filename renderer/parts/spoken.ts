import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** Spoken at most once a second: a held arrow key would otherwise queue minutes of speech. */
const speakAfterMs = 1000;

/** What a polite live region holds: `text` once `at` has rested for a second. `at` null: nothing new is said. */
export const useSpoken = (at: number | null, text: string): string => {
  const spoken = useSignal('');
  useEffect(() => {
    if (at === null) return;
    const timer = setTimeout(() => {
      spoken.value = text;
    }, speakAfterMs);
    return () => clearTimeout(timer);
  }, [at]);
  return spoken.value;
};
