interface Props {
  readonly text: string;
  /** Said at once, whatever is being said. */
  readonly isUrgent?: true;
}

/**
 * What a screen reader says when it becomes another, and nobody sees. Holds nothing while there is nothing to say: an empty text
 * would be written anew with every drawing (Preact 10).
 */
export const Aloud = ({ text, isUrgent }: Props) => (
  <span class="unseen" aria-live={isUrgent === true ? 'assertive' : 'polite'}>
    {text === '' ? null : text}
  </span>
);
