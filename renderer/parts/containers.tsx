import type { Status } from '../../helper/protocol/status.ts';
import { containersView } from '../data/relief/containers.ts';
import { StandingIcon } from './health-icon.tsx';
import { WithCode } from './with-code.tsx';

/** Containers that may be stopped when they idle, and those whose ports are closed; nothing where none are looked at. */
export const Containers = ({ status }: { readonly status: Status }) => {
  const view = containersView(status.containers);
  if (view === null) return null;
  const { trouble, rows, note } = view;
  return (
    <section class="containers" aria-label="Containers" data-testid="containers">
      <h2>Containers</h2>
      {trouble !== null && (
        <p class="containers-trouble" data-testid="containers-trouble">
          <StandingIcon state="fail" />
          <span>{trouble}</span>
        </p>
      )}
      {rows.length > 0 && (
        <ul>
          {rows.map(({ name, tone, text, title }) => (
            <li key={name} class="container" data-testid="container" data-tone={tone} title={title}>
              <StandingIcon state={tone} />
              <b class="container-name">{name}</b>
              <span class="container-state">{text}</span>
            </li>
          ))}
        </ul>
      )}
      {note !== '' && (
        <p class="quiet">
          <WithCode text={note} />
        </p>
      )}
    </section>
  );
};
