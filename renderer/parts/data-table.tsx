import type { Series } from '../data/charts/series.ts';
import { tableHead, tableRows } from '../data/charts/table.ts';
import { rangeSpoken } from '../text/labels.ts';

export const DataTable = ({ series }: { readonly series: Series }) => {
  const head = tableHead(series);
  return (
    <section
      class="table"
      data-testid="data-table"
      aria-label="Memory tiers as a table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table>
        <caption class="unseen">
          Memory tiers, {rangeSpoken[series.range]}, in GB, with what each seat was doing, newest first
        </caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tableRows(series).map(([time, ...cells], row) => (
            <tr key={row}>
              <th scope="row">{time}</th>
              {cells.map((cell, index) => (
                <td key={head[index + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
