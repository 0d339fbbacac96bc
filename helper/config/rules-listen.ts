import { addressText, isLoopback, sameAddress } from './addresses.ts';
import type { Address, Config, SeatConfig } from './config.ts';
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

interface AskedAt {
  readonly url: string;
  readonly paths: readonly [Path, ...Path[]];
}

/** Where we ask a seat something ourselves: whether it is ready, and whether it is well. */
const askedOf = ({ ready, health }: SeatConfig, i: number): readonly AskedAt[] => {
  const at = (url: string, ...[path, ...around]: readonly [Path, ...Path[]]): AskedAt => ({
    url,
    paths: [path, ...around],
  });
  return [
    ...(ready?.kind === 'http' ? [at(ready.url, ['seat', i, 'ready', 'url'], ['seat', i, 'ready'])] : []),
    ...(health?.listUrls ?? []).map((url, n) =>
      at(url, ['seat', i, 'health', 'list', n], ['seat', i, 'health', 'list'], ['seat', i, 'health']),
    ),
    ...(health === null || health.chatUrl === null
      ? []
      : [at(health.chatUrl, ['seat', i, 'health', 'chat'], ['seat', i, 'health'])]),
  ];
};

const addressIn = (url: string): Address => {
  const { hostname, port, protocol } = new URL(url);
  return {
    host: hostname === 'localhost' ? '127.0.0.1' : hostname.replaceAll(/[[\]]/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  };
};

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
    name: 'a seat itself is asked, and not who stands before it',
    severity: 'error',
    find: (config) =>
      config.seats.flatMap((seat, i) =>
        askedOf(seat, i).flatMap(({ url, paths }): readonly Finding[] => {
          const asked = addressIn(url);
          const owner = listenersOf(config).find(({ address }) => isTaken(address, asked));
          return owner === undefined
            ? []
            : [
                {
                  paths,
                  message: `${addressText(asked)} is ${owner.who}, not ${seat.name} itself.`,
                  fix: 'Ask the address at which the seat listens: a proxy would start it to ask it, and keep it loaded.',
                },
              ];
        }),
      ),
  },
];
