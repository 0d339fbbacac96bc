import type { ProcessRow } from '../../../helper/protocol/status.ts';
import { definitions } from '../../data/definitions.ts';
import { type ProcessGroup, rowKey } from '../../data/processes/groups.ts';
import { groupState, peakOf, stateText } from '../../data/processes/table.ts';
import { barShares, rssView, type Sized } from '../../data/processes/top.ts';
import { Bar } from '../../parts/bar.tsx';
import { Defined } from '../../parts/defined.tsx';
import { ExpandIcon } from '../../parts/icons.tsx';
import { noFigure, percent, rate, size } from '../../text/format.ts';

/** Growth below this is noise between two samples, bytes a second. */
const shownGrowth = 2 ** 20;

const growthText = (growth: number | null): string => {
  if (growth === null || Math.abs(growth) < shownGrowth) return noFigure;
  return `${growth > 0 ? '+' : '−'}${rate(growth)}`;
};

interface Figures extends Sized {
  readonly compressedBytes: number | null;
  readonly growthBytesPerSecond: number | null;
  readonly peakFootprintBytes: number | null;
}

/** The figures of a row: the bar has RSS as the thin line inside, so that what it misses is seen before it is read. */
const Cells = ({ of, longest }: { readonly of: Figures; readonly longest: number }) => {
  const bars = barShares(of, longest);
  const rss = rssView(of);
  return (
    <>
      <td class="size" title={definitions.footprint}>
        <Bar footprint={bars.footprint} rss={bars.rss} />
        <span>{size(of.footprintBytes)}</span>
      </td>
      <td class={rss.blind ? 'rss blind' : 'rss'} title={rss.blind ? definitions.rss_share : definitions.rss}>
        {size(of.rssBytes)}
        {rss.blind && rss.share !== null && <span class="quiet">sees {percent(rss.share)}</span>}
      </td>
      <td title={definitions.compressed_share}>{of.compressedBytes === null ? noFigure : size(of.compressedBytes)}</td>
      <td title={definitions.growth} class={(of.growthBytesPerSecond ?? 0) >= 16 * shownGrowth ? 'strong' : ''}>
        {growthText(of.growthBytesPerSecond)}
      </td>
      <td class="peak" title={definitions.peak_footprint}>
        {of.peakFootprintBytes === null ? noFigure : size(of.peakFootprintBytes)}
      </td>
    </>
  );
};

interface Props {
  readonly group: ProcessGroup;
  /** What the longest bar of all stands for, bytes. */
  readonly longest: number;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

const One = ({ row, longest }: { readonly row: ProcessRow; readonly longest: number }) => (
  <tr class="member" data-testid="process-row" data-pid={row.pid}>
    <th scope="row" title={row.command}>
      <span class="process-name">
        <span class="cut">{row.name}</span>
        <span class="quiet">{row.pid}</span>
        {stateText(row) !== '' && (
          <Defined of="process_state" class="tag">
            {stateText(row)}
          </Defined>
        )}
      </span>
    </th>
    <Cells of={row} longest={longest} />
  </tr>
);

/** A group, and when it is open its processes. One of a single process says its pid at once. */
export const GroupRows = ({ group, longest, isOpen, onToggle }: Props) => {
  const [first, ...others] = group.rows;
  const isOne = others.length === 0;
  const state = groupState(group);
  const figures: Figures = { ...group, peakFootprintBytes: peakOf(group) };
  return (
    <>
      <tr class="group" data-testid="process-group" data-name={group.name}>
        <th scope="row" title={isOne ? first.command : undefined}>
          <span class="process-name">
            {isOne ? (
              <span class="no-expander" />
            ) : (
              <button
                type="button"
                class="icon-button expander"
                aria-expanded={isOpen}
                aria-label={`${group.rows.length} processes of ${group.name}`}
                onClick={onToggle}
              >
                <ExpandIcon />
              </button>
            )}
            <b class="cut" title={group.name}>
              {group.name}
            </b>
            {isOne && first.name !== group.name && <span class="quiet cut">{first.name}</span>}
            <span class="quiet">{isOne ? first.pid : `×${group.rows.length}`}</span>
            {group.kind === 'seat' && <span class="tag">seat</span>}
            {state !== '' && (
              <Defined of="process_state" class="tag">
                {state}
              </Defined>
            )}
          </span>
        </th>
        <Cells of={figures} longest={longest} />
      </tr>
      {isOpen && !isOne && group.rows.map((row) => <One key={rowKey(row)} row={row} longest={longest} />)}
    </>
  );
};
