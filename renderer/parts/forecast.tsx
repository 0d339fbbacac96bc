import type { Status } from '../../helper/protocol/status.ts';
import { forecastView } from '../data/charts/forecast.ts';
import { Defined } from './defined.tsx';

/** Distance to the kernel's warning, when it comes, and who goes when memory has run out. */
export const Forecast = ({ status }: { readonly status: Status }) => {
  const { distance, time, victim } = forecastView(status);
  return (
    <p class="forecast dotted" data-testid="forecast">
      <Defined of="kernel_distance">{distance}</Defined>
      {time !== '' && <Defined of="time_to_warn">{time}</Defined>}
      {victim !== '' && <Defined of="next_victim">{victim}</Defined>}
    </p>
  );
};
