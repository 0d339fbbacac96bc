import type { Bridge, Link } from '../../app/ipc/contract.ts';
import { isMac } from '../data/platform.ts';
import type { Banner } from '../data/screens/banners.ts';
import { WarnIcon } from './icons.tsx';
import { WithCode } from './with-code.tsx';

interface Props {
  readonly bridge: Bridge;
  readonly banners: readonly Banner[];
}

const placeWords: Partial<Record<Link, string>> = { notifications: 'Open Notifications settings' };

/** Elsewhere than on a Mac there is no such place to lead to. */
const Way = ({ bridge, open }: { readonly bridge: Bridge; readonly open: Link }) =>
  isMac() ? (
    <p>
      <button type="button" class="plain-button" onClick={() => void bridge.open(open)}>
        {placeWords[open]}
      </button>
    </p>
  ) : null;

export const Banners = ({ bridge, banners }: Props) => (
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
          <p>
            <WithCode text={banner.text} />
          </p>
          {banner.fix !== '' && (
            <p>
              <WithCode text={banner.fix} />
            </p>
          )}
          {banner.open !== undefined && <Way bridge={bridge} open={banner.open} />}
        </div>
      </section>
    ))}
  </>
);
