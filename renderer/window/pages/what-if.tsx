import { useEffect } from 'preact/hooks';
import { sheetTitle } from '../../data/seats/sum.ts';
import { sumText } from '../../data/seats/sum-text.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { WhatIfBody } from '../../parts/what-if.tsx';
import type { PageProps } from '../pages.tsx';

/** The popover's sheet at full width, with the answer to take along. There is no way past a refusal. */
export const WhatIfPage = ({ status, store, whatIf, live }: PageProps) => {
  const { seats } = status;
  const chosen = whatIf.seat.value;
  // Whoever comes without a seat in mind mostly wants to know of one that does not serve.
  const first = seats.find((seat) => seat.state === 'absent') ?? seats[0];
  const isGone = chosen === null || !seats.some(({ name }) => name === chosen);
  useEffect(() => {
    if (isGone && live && first !== undefined) whatIf.open(first.name);
  }, [isGone, live, first?.name]);
  const answer = whatIf.answer.value;
  return (
    <section class="what-if wide" aria-label="What would fit">
      <div class="row page-head">
        <h2>{sheetTitle(chosen ?? '', answer?.preview.state)}</h2>
        {answer !== null && (
          <CopyButton text={sumText(answer.preview, seats)} what="the answer with its sum" testid="copy-sum" />
        )}
      </div>
      <WhatIfBody status={status} store={store} whatIf={whatIf} live={live} />
    </section>
  );
};
