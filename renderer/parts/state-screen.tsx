import type { Bridge } from '../../app/ipc/contract.ts';
import type { Screen } from '../data/screen.ts';
import { WithCode } from './with-code.tsx';

interface Props {
  readonly bridge: Bridge;
  readonly screen: Screen;
  /** Nothing is known yet: the screen fills the popover. Otherwise it stands above the last known figures. */
  readonly whole: boolean;
}

const Skeleton = () => (
  <div class="skeleton" aria-hidden="true">
    <div class="block tall" />
    <div class="block" />
    <div class="block" />
    <div class="block" />
  </div>
);

export const StateScreen = ({ bridge, screen, whole }: Props) => {
  const { button } = screen;
  const act = (): void => void (button?.action === 'manual' ? bridge.open('operations-manual') : bridge.retry());
  return (
    <section
      class={whole ? 'state whole' : 'state'}
      data-testid="state-screen"
      data-kind={screen.kind}
      aria-label="Connection"
    >
      <h2>{screen.title}</h2>
      {screen.kind === 'connecting' && whole && <Skeleton />}
      {screen.lines.map((line) => (
        <p key={line}>
          <WithCode text={line} />
        </p>
      ))}
      {screen.detail !== '' && <p class="detail">{screen.detail}</p>}
      {button !== null && (
        <button type="button" class="plain-button" onClick={act}>
          {button.label}
        </button>
      )}
    </section>
  );
};
