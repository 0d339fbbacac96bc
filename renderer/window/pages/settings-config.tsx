import { useSignal } from '@preact/signals';
import type { ConfigView } from '../../../helper/protocol/policy.ts';
import { type ConfigGroup, configFileText, configGroups } from '../../data/config.ts';
import { editCommand, placeText } from '../../data/relief/policy.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Defined } from '../../parts/defined.tsx';
import { WarnIcon } from '../../parts/icons.tsx';
import { WithCode } from '../../parts/with-code.tsx';

/** What castellan.toml says: root's, shown with the line to change. */

const Group = ({ group }: { readonly group: ConfigGroup }) => (
  <tbody>
    <tr>
      <th class="config-group" colSpan={4} scope="rowgroup">
        <h3 dir="auto">{group.title}</h3>
      </th>
    </tr>
    {group.rows.map((row) => (
      <tr key={row.key} data-testid="config-row" data-changed={row.isChanged}>
        <th scope="row" title={row.key}>
          {row.name}
        </th>
        <td>
          <code dir="auto">{row.value}</code>
        </td>
        <td class="quiet">{row.usual === '' ? '–' : row.isChanged ? <code>{row.usual}</code> : 'the same'}</td>
        <td class="quiet">{row.place}</td>
      </tr>
    ))}
  </tbody>
);

export const ConfigSettings = ({ view }: { readonly view: ConfigView }) => {
  const filter = useSignal('');
  const groups = configGroups(view, filter.value);
  return (
    <div class="config" data-testid="config">
      <p>{configFileText(view)}</p>
      <p class="row config-edit">
        <code>{editCommand}</code>
        <CopyButton text={editCommand} what="the command" testid="copy-command" />
        <span class="quiet">Opens the file, checks it, and loads it only when it is right.</span>
      </p>
      {view.problems.length > 0 && (
        <ul class="config-problems" aria-label="Problems of the file">
          {view.problems.map(({ line, key, message, fix }) => (
            <li key={`${line} ${key} ${message}`} class="finding" data-testid="config-problem">
              <WarnIcon />
              <div class="finding-text">
                <p>
                  {line !== null && (
                    <code class="place" title={view.file.path}>
                      {placeText(view.file.path, line)}
                    </code>
                  )}{' '}
                  {key !== '' && <b>{key}</b>} <WithCode text={message} />
                </p>
                <p class="quiet">
                  <WithCode text={fix} />
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
      <label class="filter config-filter">
        <span class="quiet">Find</span>
        <input
          type="search"
          data-testid="config-find"
          maxLength={100}
          value={filter.value}
          onInput={({ currentTarget }) => {
            filter.value = currentTarget.value;
          }}
        />
      </label>
      {groups.length === 0 ? (
        <p data-testid="config-none">No value matches.</p>
      ) : (
        <table class="config-table">
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Now</th>
              <th scope="col">
                <Defined of="config_default">Default</Defined>
              </th>
              <th scope="col">
                <Defined of="config_place">Where</Defined>
              </th>
            </tr>
          </thead>
          {groups.map((group) => (
            <Group key={group.title} group={group} />
          ))}
        </table>
      )}
      {view.omitted > 0 && (
        <p class="quiet">And {view.omitted} more, which did not fit into one answer of the keeper.</p>
      )}
    </div>
  );
};
