import type { Bridge } from '../../app/ipc/contract.ts';
import type { Screen, ScreenAction } from '../data/screens/screen.ts';
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

const carryOut = (bridge: Bridge, action: ScreenAction): void => {
  switch (action) {
    case 'retry':
      void bridge.retry();
      return;
    case 'manual':
      void bridge.open('operations-manual');
      return;
    case 'login-items':
      void bridge.open('login-items');
      return;
    case 'quit':
      void bridge.quit();
      return;
    default:
      void bridge.registration(action);
  }
};

export const StateScreen = ({ bridge, screen, whole }: Props) => {
  const buttons = [...(screen.button === null ? [] : [screen.button]), ...(screen.others ?? [])];
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
      {buttons.length > 0 && (
        <div class="choices">
          {buttons.map(({ label, action }) => (
            <button key={action} type="button" class="plain-button" onClick={() => carryOut(bridge, action)}>
              {label}
            </button>
          ))}
        </div>
      )}
    </section>
  );
};
