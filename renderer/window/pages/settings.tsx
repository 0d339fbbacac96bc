import type { Registration } from '../../../app/ipc/contract.ts';
import { Defined } from '../../parts/defined.tsx';
import { Problem } from '../../parts/problem.tsx';
import { WithCode } from '../../parts/with-code.tsx';
import { percent, size } from '../../text/format.ts';
import { notAnswering } from '../../text/helper-words.ts';
import { useRefresh } from '../page-models.ts';
import type { BarePageProps } from '../pages.tsx';
import { AppSettings } from './settings-app.tsx';
import { ConfigSettings } from './settings-config.tsx';

const registrationWords: Readonly<Record<Registration['state'], string>> = {
  unavailable: 'Not registered by this app: it runs from a folder, or its daemons were installed on the command line.',
  not_registered: 'Not registered.',
  registering: 'Being registered.',
  needs_approval: 'Registered, and waits for approval under Login Items.',
  enabled: 'Registered, and allowed to run.',
};

/** Who watches: its version and process, how it is registered, and the way out. */
const Helper = ({ status, store, bridge, live }: BarePageProps) => {
  const registration = store.registration.value;
  const own = store.own.value;
  const isOurs = registration.state !== 'unavailable';
  return (
    <dl class="settings-facts" data-testid="helper">
      <dt>Keeper</dt>
      <dd>
        {status === null
          ? 'It has not answered yet.'
          : `${live ? 'Version' : 'Last seen: version'} ${status.keeper.version}, pid ${status.keeper.pid}, on ${status.keeper.os}.`}
      </dd>
      {status !== null && (
        <>
          <dt>
            <Defined of="keeper_cpu">Its CPU</Defined>
          </dt>
          <dd>{percent(status.keeper.cpuPercent / 100)} of a core</dd>
        </>
      )}
      <dt>App</dt>
      <dd>
        {own === null
          ? 'Reading…'
          : `Version ${own.version}${own.memoryBytes === null ? '' : `, ${size(own.memoryBytes)} in all its processes`}.`}
      </dd>
      <dt>Daemons</dt>
      <dd>
        {registrationWords[registration.state]} {registration.fault}
        {registration.state === 'needs_approval' && (
          <button type="button" class="text-button" onClick={() => void bridge.open('login-items')}>
            Open Login Items
          </button>
        )}
        {registration.state === 'not_registered' && (
          <button type="button" class="text-button" onClick={() => void bridge.registration('install')}>
            Install…
          </button>
        )}
      </dd>
      <dt>Removal</dt>
      <dd>
        {isOurs ? (
          <button
            type="button"
            class="plain-button"
            data-testid="remove"
            onClick={() => void bridge.registration('ask_removal')}
          >
            Remove Castellan…
          </button>
        ) : (
          <WithCode text="`sudo castellan uninstall` takes back what Castellan holds and removes its daemons; it asks first." />
        )}
      </dd>
    </dl>
  );
};

/** What is this user's to change, at once; what is root's, with where to change it; and the helper itself. */
export const SettingsPage = (props: BarePageProps) => {
  const { config, bridge, store, asking, live } = props;
  useRefresh(config.refresh, props);
  const answer = config.answer.value;
  const problem = live ? config.problem.value : notAnswering;
  return (
    <>
      <section aria-label="This app">
        <h2>This app</h2>
        <AppSettings bridge={bridge} store={store} asking={asking} />
      </section>
      <section aria-label="Helper">
        <h2>Helper</h2>
        <Helper {...props} />
      </section>
      <section aria-label="castellan.toml">
        <h2>castellan.toml</h2>
        {problem !== '' && <Problem testid="config-trouble" text={problem} fromMs={answer?.atMs ?? null} />}
        {answer === null && problem === '' && <p class="quiet">Asking…</p>}
        {answer !== null && (
          <div class={problem === '' ? 'answer' : 'answer old'}>
            <ConfigSettings view={answer.result} />
          </div>
        )}
      </section>
    </>
  );
};
