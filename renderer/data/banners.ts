import type { Status } from '../../helper/protocol/status.ts';

/** Things the operator should set right, above the figures: a configuration with errors, a sensor that fails. */

export interface Banner {
  readonly kind: 'config' | 'sensor';
  readonly title: string;
  readonly text: string;
  /** What to do; empty when there is nothing. */
  readonly fix: string;
}

const sensorWord: Readonly<Record<string, string>> = {
  memory: 'Memory',
  swap: 'Swap',
  kernel_level: 'The kernel level',
  compressor: 'The compressor',
  processes: 'The process table',
  events: 'The kernel’s pressure events',
  bands: 'Jetsam bands',
};

const problemWord: Readonly<Record<string, string>> = {
  vanished: 'went away',
  refused: 'may not be read',
  zero: 'reads zero',
  constant: 'does not change',
  implausible: 'reads implausibly',
  unavailable: 'cannot be read',
};

const sentence = (text: string): string => (text === '' || /[.!?]$/.test(text) ? text : `${text}.`);

const configBanner = (status: Status): Banner | null => {
  const [first, ...rest] = status.config.problems;
  if (status.config.state !== 'invalid' || first === undefined) return null;
  const place = first.line === null ? 'castellan.toml' : `castellan.toml, line ${first.line}`;
  const more = rest.length === 0 ? '' : ` And ${rest.length} more.`;
  return {
    kind: 'config',
    title: place,
    text: `${first.key === '' ? '' : `${first.key}: `}${sentence(first.message)}${more}`,
    fix: sentence(first.fix),
  };
};

/** Facts about one process (a pid is named) are no failure of a sensor and are not shown here. */
export const bannersFor = (status: Status): readonly Banner[] => {
  const config = configBanner(status);
  const observing = status.mode.name === 'observe_only' ? ' Observing only.' : '';
  const sensors = status.facts
    .filter((fact) => fact.pid === undefined)
    .map((fact): Banner => {
      const subject = sensorWord[fact.sensor] ?? fact.sensor;
      const title = `${subject} ${problemWord[fact.problem] ?? 'cannot be read'}`;
      return { kind: 'sensor', title, text: `${sentence(fact.detail)}${observing}`.trim(), fix: '' };
    });
  return config === null ? sensors : [config, ...sensors];
};

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
