import type { Status } from '../../../helper/protocol/status.ts';

/** What became of the records: a word for the footer, the particulars for its title. Null when all is kept. */
export const telemetryNote = ({ telemetry }: Status): { readonly brief: string; readonly full: string } | null => {
  const lost = telemetry.droppedRows + telemetry.lostRows;
  const parts = [
    ...(telemetry.history === 'ok' ? [] : [`history ${telemetry.history}`]),
    ...(telemetry.journal === 'ok' ? [] : [`journal ${telemetry.journal}`]),
    ...(telemetry.heartbeat === 'ok' ? [] : ['heartbeat file cannot be written']),
    ...(lost === 0 ? [] : [`${lost} row${lost === 1 ? '' : 's'} not kept`]),
  ];
  const [first] = parts;
  if (first === undefined) return null;
  return { brief: lost > 0 ? `${lost} row${lost === 1 ? '' : 's'} lost` : first, full: parts.join(', ') };
};
