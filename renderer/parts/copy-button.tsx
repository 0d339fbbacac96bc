import { useSignal } from '@preact/signals';

interface Props {
  readonly text: string;
  /** What is copied, for its name: "the sum". */
  readonly what: string;
  readonly testid: string;
  /** What it says where "Copy" alone would not tell of what. */
  readonly label?: string;
}

const words = { idle: 'Copy', done: 'Copied', failed: 'Not copied' } as const;

/**
 * Puts a text on the clipboard, by way of a field: the app grants its pages no permission, and this way needs none.
 * https://developer.mozilla.org/en-US/docs/Web/API/Document/execCommand#copy
 */
const copy = (text: string): boolean => {
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.className = 'unseen';
  document.body.append(field);
  const before = document.activeElement;
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
};

export const CopyButton = ({ text, what, testid, label }: Props) => {
  const state = useSignal<{ readonly of: string; readonly word: keyof typeof words }>({ of: '', word: 'idle' });
  const word = state.value.of === text ? state.value.word : 'idle';
  return (
    <button
      type="button"
      class="plain-button"
      data-testid={testid}
      aria-label={`${label ?? 'Copy'}: ${what}`}
      onClick={() => {
        state.value = { of: text, word: copy(text) ? 'done' : 'failed' };
      }}
    >
      <span aria-live="polite">{word === 'idle' && label !== undefined ? label : words[word]}</span>
    </button>
  );
};
