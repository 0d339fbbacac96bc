import { addressText, isLoopback, sameAddress } from './addresses.ts';
import type { Address, Config } from './config.ts';
import type { Path } from './lines.ts';
import { otherIn } from './rule-tools.ts';
import type { Finding, Rule } from './rules.ts';

/** Who listens where: one owner for each address, and nobody in a circle. */

interface Listener {
  readonly address: Address;
  /** Whose address it is: "the proxy of Codestral". */
  readonly who: string;
  /** The address itself, else what holds it. */
  readonly paths: readonly [Path, ...Path[]];
}

const proxiesOf = ({ seats }: Config): readonly Listener[] =>
  seats.flatMap(({ name, proxy }, i) =>
    proxy === null
      ? []
      : [
          {
            address: proxy.listen,
            who: `the proxy of ${name}`,
            paths: [
              ['seat', i, 'proxy', 'listen'],
              ['seat', i, 'proxy'],
            ] as const,
          },
        ],
  );

const listenersOf = (config: Config): readonly Listener[] => [
  { address: config.api.listen, who: 'the HTTP API', paths: [['api', 'listen'], ['api']] },
  ...config.api.extraListen.map(
    (address, i): Listener => ({
      address,
      who: 'the HTTP API',
      paths: [
        ['api', 'extra_listen', i],
        ['api', 'extra_listen'],
      ],
    }),
  ),
  ...proxiesOf(config),
];

/** Port 0 is any free one, so two of them are two. */
const isTaken = (a: Address, b: Address): boolean => a.port !== 0 && sameAddress(a, b);

const lineOfFirst = (paths: readonly Path[], lineOf: (path: Path) => number | null): number | null =>
  paths.map(lineOf).find((line) => line !== null) ?? null;

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

export const listenRules: readonly Rule[] = [
  {
    name: 'each address has one listener',
    severity: 'error',
    find: (config, { lineOf }) => {
      const all = listenersOf(config);
      return all.flatMap(({ address, who, paths }, i): readonly Finding[] => {
        const before = all.slice(0, i).find((each) => isTaken(each.address, address));
        if (before === undefined) return [];
        const other = otherIn(lineOfFirst(before.paths, lineOf));
        const both = before.who === who ? `${capital(who)} would listen twice` : `${capital(who)} would listen`;
        const whose = before.who === who ? '' : `, and so does ${before.who}`;
        return [
          {
            paths,
            message: `${both} at ${addressText(address)}${whose}${other}.`,
            fix: 'Give each a listen of its own.',
          },
        ];
      });
    },
  },
  {
    name: 'a proxy passes on to somebody else',
    severity: 'error',
    find: ({ seats }) =>
      seats.flatMap(({ name, proxy }, i) =>
        proxy === null || !isTaken(proxy.listen, proxy.target)
          ? []
          : [
              {
                paths: [
                  ['seat', i, 'proxy', 'target'],
                  ['seat', i, 'proxy'],
                ] as const,
                message: `The proxy of ${name} would connect to itself at ${addressText(proxy.target)}.`,
                fix: 'Let the seat listen at another port, and name that one as target.',
              },
            ],
      ),
  },
  {
    name: 'each seat serves at a port of its own',
    severity: 'error',
    find: (config, { lineOf }) => {
      const portPaths = (i: number): readonly [Path, ...Path[]] => [
        ['seat', i, 'port'],
        ['seat', i, 'proxy', 'target'],
        ['seat', i, 'ready'],
        ['seat', i],
      ];
      return config.seats.flatMap(({ name, port, proxy }, i): readonly Finding[] => {
        if (port === null) return [];
        const twin = config.seats.findIndex((each, j) => j < i && each.port === port);
        if (twin >= 0) {
          const other = otherIn(lineOfFirst(portPaths(twin), lineOf));
          return [
            {
              paths: portPaths(i),
              message: `${name} and ${config.seats[twin]?.name} would both serve at port ${port}${other}.`,
              fix: 'Write port = … with a port of its own for each: its connections are how its use is told.',
            },
          ];
        }
        // Its own proxy at its own port is said as what it is: a proxy that would connect to itself.
        const isOwn = ({ address }: Listener): boolean =>
          proxy !== null && sameAddress(address, proxy.listen) && sameAddress(address, proxy.target);
        const taker = listenersOf(config).find(
          (each) => each.address.port === port && isLoopback(each.address.host) && !isOwn(each),
        );
        return taker === undefined
          ? []
          : [
              {
                paths: portPaths(i),
                message: `${name} would serve at port ${port}, where ${taker.who} listens${otherIn(lineOfFirst(taker.paths, lineOf))}.`,
                fix: 'Give one of them another port.',
              },
            ];
      });
    },
  },
  {
    name: 'readiness is asked of the seat itself',
    severity: 'error',
    find: (config) =>
      config.seats.flatMap(({ name, ready }, i): readonly Finding[] => {
        if (ready?.kind !== 'http') return [];
        const { hostname, port } = new URL(ready.url);
        const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replaceAll(/[[\]]/g, '');
        const asked = { host, port: Number(port || 80) };
        const owner = listenersOf(config).find(({ address }) => isTaken(address, asked));
        return owner === undefined
          ? []
          : [
              {
                paths: [
                  ['seat', i, 'ready', 'url'],
                  ['seat', i, 'ready'],
                ],
                message: `${addressText(asked)} is ${owner.who}, not ${name} itself.`,
                fix: 'Ask the address at which the seat listens: a proxy would start it to ask it.',
              },
            ];
      }),
  },
];
