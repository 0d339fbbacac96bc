import type { Banner } from '../data/banners.ts';
import { WarnIcon } from './icons.tsx';
import { WithCode } from './with-code.tsx';

export const Banners = ({ banners }: { readonly banners: readonly Banner[] }) => (
  <>
    {banners.map((banner) => (
      <section
        key={`${banner.kind}${banner.title}`}
        class={`banner ${banner.kind}`}
        data-testid={`banner-${banner.kind}`}
      >
        <WarnIcon />
        <div>
          <h2>{banner.title}</h2>
          <p>{banner.text}</p>
          {banner.fix !== '' && (
            <p>
              <WithCode text={banner.fix} />
            </p>
          )}
        </div>
      </section>
    ))}
  </>
);
