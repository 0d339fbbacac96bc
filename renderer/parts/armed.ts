import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** A button that has just appeared under the pointer is not pressed by a click meant for something else. */
const armAfterMs = 400;

/** False for a moment after `again` has changed. */
export const useArmed = (again: unknown): boolean => {
  const armed = useSignal(false);
  useEffect(() => {
    armed.value = false;
    const timer = setTimeout(() => {
      armed.value = true;
    }, armAfterMs);
    return () => clearTimeout(timer);
  }, [again]);
  return armed.value;
};
