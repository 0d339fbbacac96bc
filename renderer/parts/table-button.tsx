import type { Signal } from '@preact/signals';

/** Shows the figures of the charts as a table, and hides it. */
export const TableButton = ({ open }: { readonly open: Signal<boolean> }) => (
  <button
    type="button"
    class="text-button"
    aria-expanded={open.value}
    onClick={() => {
      open.value = !open.value;
    }}
  >
    Table
  </button>
);
