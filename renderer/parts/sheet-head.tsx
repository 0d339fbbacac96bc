import type { Ref } from 'preact';
import { BackIcon } from './icons.tsx';

interface Props {
  readonly title: string;
  /** The way back, where the focus goes when the sheet opens. */
  readonly back: Ref<HTMLButtonElement>;
  readonly onBack: () => void;
}

/** The first line of a sheet that stands in place of what else scrolls. */
export const SheetHead = ({ title, back, onBack }: Props) => (
  <div class="row sheet-head">
    <button type="button" class="icon-button" ref={back} aria-label="Back" title="Back (Esc)" onClick={onBack}>
      <BackIcon />
    </button>
    <h2>{title}</h2>
  </div>
);
