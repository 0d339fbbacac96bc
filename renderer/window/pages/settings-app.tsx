import { useSignal } from '@preact/signals';
import type { Bridge, Settings } from '../../../app/ipc/contract.ts';
import { isMac } from '../../data/platform.ts';
import type { Asking } from '../../data/relief/asking.ts';
import { shortcutOf, shortcutWords } from '../../data/shortcut.ts';
import type { Store } from '../../data/state.ts';
import { WithCode } from '../../parts/with-code.tsx';

/** What belongs to the app of this user, changed at once. */

interface Props {
  readonly bridge: Bridge;
  readonly store: Store;
  readonly asking: Asking;
}

const change = async ({ bridge, asking }: Props, wanted: Partial<Settings>): Promise<void> => {
  try {
    await bridge.setSettings(wanted);
  } catch {
    asking.tell({ kind: 'failed', title: 'Not kept', text: 'The settings could not be written; they are as before.' });
  }
};

interface SwitchProps {
  readonly label: string;
  readonly about: string;
  readonly value: boolean;
  readonly testid: string;
  readonly onChange: (value: boolean) => void;
}

const Switch = ({ label, about, value, testid, onChange }: SwitchProps) => (
  <li class="setting">
    <label>
      <input
        type="checkbox"
        data-testid={testid}
        checked={value}
        onChange={({ currentTarget }) => {
          const wanted = currentTarget.checked;
          // What could not be kept is not shown as set: the state says when it is.
          currentTarget.checked = value;
          onChange(wanted);
        }}
      />
      <span>
        <b>{label}</b> <span class="quiet">{about}</span>
      </span>
    </label>
  </li>
);

const ShortcutRow = (props: Props & { readonly shortcut: string | null }) => {
  const { store, shortcut } = props;
  const recording = useSignal(false);
  const fault = store.shortcutFault.value;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!recording.value || event.key === 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    const pressed = shortcutOf(event);
    if (pressed.kind === 'waiting') return;
    recording.value = false;
    if (pressed.kind === 'shortcut') void change(props, { shortcut: pressed.shortcut });
  };
  return (
    <li class="setting row">
      <span>
        <b>Shortcut</b>{' '}
        <span class="quiet">
          Opens and hides the popover from anywhere: {shortcut === null ? 'none' : shortcutWords(shortcut)}.
        </span>
        {fault !== null && (
          <span class="setting-fault" role="status" data-testid="shortcut-fault">
            {' '}
            {fault}
          </span>
        )}
      </span>
      <span class="row setting-acts">
        <button
          type="button"
          class="plain-button"
          data-testid="shortcut"
          aria-pressed={recording.value}
          onKeyDown={onKeyDown}
          onBlur={() => {
            recording.value = false;
          }}
          onClick={() => {
            recording.value = !recording.value;
          }}
        >
          <span aria-live="polite">{recording.value ? 'Press the keys, Esc to cancel' : 'Change…'}</span>
        </button>
        {shortcut !== null && (
          <button type="button" class="plain-button" onClick={() => void change(props, { shortcut: null })}>
            No shortcut
          </button>
        )}
      </span>
    </li>
  );
};

const Notifications = ({ store, bridge }: Pick<Props, 'store' | 'bridge'>) => {
  const fault = store.notificationFault.value;
  return (
    <li class="setting row" data-testid="notifications">
      <span>
        <b>Notifications</b>{' '}
        <span class="quiet">
          {fault === null ? 'Shown when something waits for you, once an episode.' : `Not shown: ${fault}`}
        </span>
      </span>
      {fault !== null && isMac() && (
        <button type="button" class="plain-button" onClick={() => void bridge.open('notifications')}>
          Open Notifications…
        </button>
      )}
    </li>
  );
};

export const AppSettings = (props: Props) => {
  const settings = props.store.settings.value;
  if (settings === null) return <p class="quiet">Reading…</p>;
  return (
    <ul>
      <Switch
        label="Figure in the menu bar"
        about="Available memory beside the icon while the level is not green."
        testid="numbers-in-tray"
        value={settings.numbersInTray}
        onChange={(numbersInTray) => void change(props, { numbersInTray })}
      />
      <Switch
        label="Colour in the menu bar"
        about="The icon has the colour of the level while it is not green; its shape says the same in any case."
        testid="colour-in-tray"
        value={settings.colourInTray}
        onChange={(colourInTray) => void change(props, { colourInTray })}
      />
      {settings.openAtLogin === null ? (
        <li class="setting quiet">
          <WithCode text="Opening at login is the desktop’s to arrange on this system." />
        </li>
      ) : (
        <Switch
          label="Open at login"
          about="The app only: keeper and deadman start with the machine and need no login."
          testid="open-at-login"
          value={settings.openAtLogin}
          onChange={(openAtLogin) => void change(props, { openAtLogin })}
        />
      )}
      <ShortcutRow {...props} shortcut={settings.shortcut} />
      <Notifications store={props.store} bridge={props.bridge} />
    </ul>
  );
};
