import type { Status } from '../../helper/protocol/status.ts';
import { noRates, ratesNow } from '../data/charts/readout.ts';
import { Defined } from './defined.tsx';

/** How memory and the compressor move now. */
export const Rates = ({ status }: { readonly status: Status }) => {
  const rates = ratesNow(status);
  return (
    <span class="dotted">
      {rates.length === 0 && noRates}
      {rates.map(({ of, text }) => (
        <Defined key={of} of={of}>
          {text}
        </Defined>
      ))}
    </span>
  );
};
