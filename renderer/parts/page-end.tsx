import { Aloud } from './aloud.tsx';
import { Definitions } from './defined.tsx';
import { Footer, type FooterProps } from './footer.tsx';
import { GapPattern } from './gaps.tsx';

/** Footer, what is announced, and what everything above refers to: below popover and window alike. */
export const PageEnd = (props: FooterProps) => (
  <>
    <Footer {...props} />
    <Aloud text={props.store.announcement.value} />
    <Definitions />
    <GapPattern />
  </>
);
