import type { HelperUpdate, Link } from '../../../app/ipc/contract.ts';
import type { Status } from '../../../helper/protocol/status.ts';
import { gb, list, roughSpan, sentence, shorten, timeOfDay } from '../../text/format.ts';
import { levelWord } from '../../text/levels.ts';
import { gatewayProblems, isGatewayGone } from './gateway.ts';

/** Things the operator should set right, above the figures: a configuration with errors, a deadman that is missing. */

export interface Banner {
  readonly kind: 'config' | 'sensor' | 'mode' | 'gateway' | 'relief' | 'notifications' | 'helper' | 'machine';
  readonly title: string;
  /** Parts between backticks are code, as in `fix`. */
  readonly text: string;
  /** What to do; empty when there is nothing. */
  readonly fix: string;
  /** Where macOS lets it be set right. */
  readonly open?: Link;
}

const sensorWord: Readonly<Record<string, string>> = {
  memory: 'Memory',
  swap: 'Swap',
  kernel_level: 'The kernel level',
  compressor: 'The compressor',
  processes: 'The process table',
  services: 'The list of services',
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

const configBanner = (status: Status): Banner | null => {
  const [first, ...rest] = status.config.problems;
  if (status.config.state !== 'invalid' || first === undefined) return null;
  const place = first.line === null ? 'castellan.toml' : `castellan.toml, line ${first.line}`;
  const more = rest.length === 0 ? '' : ` And ${rest.length} more.`;
  return {
    kind: 'config',
    title: place,
    text: `${first.key === '' ? '' : `${first.key}: `}${sentence(first.message)}${more}`,
    fix: `${sentence(first.fix)} \`sudo castellan config edit\` opens the file${rest.length === 0 ? '' : '; `castellan config check` names all'}.`,
  };
};

const wentDownBanner = ({ wentDown }: Status): Banner | null => {
  if (wentDown === null) return null;
  const { last, report } = wentDown;
  const available = last?.availableBytes == null ? '' : `, ${gb(last.availableBytes)} available`;
  const seen =
    last === null ? '' : `Seen last at ${timeOfDay(last.atMs)}: ${levelWord[last.level].toLowerCase()}${available}. `;
  return {
    kind: 'machine',
    title: 'The machine went down without a word',
    text: `${seen}${report === null ? 'macOS has reported nothing of it yet.' : sentence(shorten(report.sentence, 300))}`,
    fix: '`castellan incidents` has all that is known.',
  };
};

const relief = (title: string, text: string, fix = ''): Banner => ({ kind: 'relief', title, text, fix });

const reliefBanners = ({
  relief: { deadman, conflict, wiredLeak, envelope, missingEnforcers },
}: Status): readonly Banner[] => [
  ...(deadman === 'missing'
    ? [
        relief(
          'The deadman is missing',
          'Nothing is frozen without it: it resumes what is frozen if the keeper dies.',
          'Run `castellan doctor` to see why.',
        ),
      ]
    : []),
  ...(conflict === null
    ? []
    : [
        relief(
          `Something else resumes ${shorten(conflict.target)}`,
          `For ${roughSpan(conflict.sinceSeconds)} now. Castellan freezes nothing until that ends.`,
          'End whatever else resumes processes on this machine.',
        ),
      ]),
  ...(wiredLeak === null
    ? []
    : [
        relief(
          `${gb(wiredLeak.bytes)} of wired memory did not come back`,
          `${shorten(wiredLeak.seat)} has ended and left it behind; it is counted as used.`,
          'It usually takes a restart of the machine to have it back.',
        ),
      ]),
  ...(envelope === null
    ? []
    : [
        relief(
          `Declared peaks exceed RAM by ${gb(envelope.overBytes)}`,
          `Together the seats may grow to ${gb(envelope.peaksBytes)}. No act of relief can make that fit.`,
          'Declare lower peaks, or serve fewer seats.',
        ),
      ]),
  ...(missingEnforcers.length === 0
    ? []
    : [
        relief(
          `The policy counts on ${missingEnforcers.length === 1 ? 'a service that is' : 'services that are'} not there`,
          `${list(missingEnforcers.slice(0, 4).map((name) => shorten(name, 40)))}${missingEnforcers.length > 4 ? `, and ${missingEnforcers.length - 4} more` : ''}.`,
          'Start what is named, or take its label out of `relief.depends_on` in castellan.toml.',
        ),
      ]),
];

/** What stands in a banner of its own: errors in castellan.toml, and sensors. */
const hasOwnBanner = /^castellan\.toml has errors|sensor cannot be trusted|^Services are not known/;

/** Why nothing is carried out, whatever was chosen: services from before that still run, a keeper without root. */
const modeBanner = ({ mode }: Status): Banner | null => {
  const reasons = mode.reasons.filter((reason) => !hasOwnBanner.test(reason));
  return mode.name !== 'observe_only' || reasons.length === 0
    ? null
    : { kind: 'mode', title: 'Castellan only observes', text: reasons.map(sentence).join(' '), fix: '' };
};

/** As the gateway says it. */
const isTaken = / is taken by /;

const gatewayBanner = (status: Status): Banner | null => {
  const problems = gatewayProblems(status);
  if (problems.length === 0) return null;
  const [title, fix] = isGatewayGone(status)
    ? ['The gateway is gone', '`castellan doctor` says why it does not come back.']
    : problems.some((text) => isTaken.test(text))
      ? ['A port of the gateway is taken', 'End that program, or choose another port: `sudo castellan config edit`.']
      : ['The gateway is not well', '`castellan doctor` says what can be done.'];
  return { kind: 'gateway', title, text: problems.join(' '), fix };
};

const notificationBanner = (fault: string): Banner => ({
  kind: 'notifications',
  title: 'Notifications cannot be shown',
  text: sentence(fault),
  fix: 'What waits for you stands here and in the menu bar.',
  open: 'notifications',
});

const updateBanner = (update: HelperUpdate): Banner => {
  const { helper, app } = update;
  switch (update.kind) {
    case 'refreshing':
      return {
        kind: 'helper',
        title: 'The helper is being updated',
        text: `It is ${helper}, this app is ${app}. It ends and starts again by itself; seats serve on.`,
        fix: '',
      };
    case 'refresh_failed':
      return {
        kind: 'helper',
        title: `The helper is still ${helper}`,
        text: `This app is ${app}. ${sentence(update.why)}`,
        fix: 'Run `castellan refresh` in a terminal, or restart the Mac.',
      };
    case 'app_older':
      return {
        kind: 'helper',
        title: 'The helper is newer than this app',
        text: `It is ${helper}, this app is ${app}.`,
        fix: 'Quit Castellan and open it again.',
      };
  }
};

/** "Swap may not be read". */
export const factTitle = ({ sensor, problem }: Status['facts'][number]): string =>
  `${sensorWord[sensor] ?? sensor} ${problemWord[problem] ?? 'cannot be read'}`;

/** Facts about one process (a pid is named) are no failure of a sensor and are not shown here. */
export const bannersFor = (
  status: Status,
  notificationFault: string | null = null,
  update: HelperUpdate | null = null,
): readonly Banner[] => {
  const config = configBanner(status);
  const mode = modeBanner(status);
  const gateway = gatewayBanner(status);
  const wentDown = wentDownBanner(status);
  const observing = status.mode.name === 'observe_only' ? ' Observing only.' : '';
  const sensors = status.facts
    .filter((fact) => fact.pid === undefined)
    .map(
      (fact): Banner => ({
        kind: 'sensor',
        title: factTitle(fact),
        text: `${sentence(fact.detail)}${observing}`.trim(),
        fix: '`castellan doctor` says what can be done.',
      }),
    );
  return [
    ...(update === null ? [] : [updateBanner(update)]),
    ...(wentDown === null ? [] : [wentDown]),
    ...(config === null ? [] : [config]),
    ...(mode === null ? [] : [mode]),
    ...(gateway === null ? [] : [gateway]),
    ...reliefBanners(status),
    ...sensors,
    ...(notificationFault === null ? [] : [notificationBanner(notificationFault)]),
  ];
};
