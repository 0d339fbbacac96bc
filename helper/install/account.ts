import { gatewayAccountName } from '../keeper/server/gateway-account.ts';
import { commandText, type RunCommand } from './command-runner.ts';
import { type Done, done, notDone } from './launchd.ts';

/**
 * The account the gateway runs as on a Mac: nobody logs in as it, nothing belongs to it, no window offers it. Made with dscl
 * (dscl(1)), record by record, because its answers are plain and it needs no password of an administrator besides root.
 * Never run on a Mac so far.
 */

const dscl = '/usr/bin/dscl';
const userRecord = `/Users/${gatewayAccountName}`;
const groupRecord = `/Groups/${gatewayAccountName}`;

/** Below 500 macOS shows nobody at the login window; Apple gives out numbers from 200 up, so ours are taken from above. */
const highestId = 499;
const lowestId = 400;

export type FoundAccount =
  | { readonly kind: 'there' }
  /** `halves`: one of the two records is there, as after an installation that was cut off. */
  | {
      readonly kind: 'missing';
      readonly id: number;
      readonly halves: { readonly user: boolean; readonly group: boolean };
    }
  | { readonly kind: 'unknown'; readonly why: string };

/** `name   number`, one a line. */
const idsIn = (output: string): ReadonlyMap<string, number> =>
  new Map(
    output.split('\n').flatMap((line) => {
      const [, name, id] = /^(\S+)\s+(-?\d+)\s*$/.exec(line) ?? [];
      return name === undefined || id === undefined ? [] : [[name, Number(id)]];
    }),
  );

export const findAccount = async (run: RunCommand): Promise<FoundAccount> => {
  const [users, groups] = [
    await run(dscl, ['.', '-list', '/Users', 'UniqueID']),
    await run(dscl, ['.', '-list', '/Groups', 'PrimaryGroupID']),
  ];
  if (users.code !== 0 || groups.code !== 0)
    return { kind: 'unknown', why: 'the directory service did not list the accounts' };
  const [uids, gids] = [idsIn(users.output), idsIn(groups.output)];
  const [uid, gid] = [uids.get(gatewayAccountName), gids.get(gatewayAccountName)];
  if (uid === 0 || gid === 0) return { kind: 'unknown', why: `${gatewayAccountName} has the number of root` };
  if (uid !== undefined && gid !== undefined) return { kind: 'there' };
  const halves = { user: uid !== undefined, group: gid !== undefined };
  const given = uid ?? gid;
  if (given !== undefined) return { kind: 'missing', id: given, halves };
  const taken = new Set([...uids.values(), ...gids.values()]);
  for (let id = highestId; id >= lowestId; id -= 1) if (!taken.has(id)) return { kind: 'missing', id, halves };
  return { kind: 'unknown', why: `no number from ${lowestId} to ${highestId} is free for an account` };
};

const create = (record: string, key?: string, value?: string): readonly string[] => [
  '.',
  '-create',
  record,
  ...(key === undefined || value === undefined ? [] : [key, value]),
];

const groupCommands = (id: number): readonly (readonly string[])[] => [
  create(groupRecord),
  create(groupRecord, 'PrimaryGroupID', String(id)),
  create(groupRecord, 'RealName', 'Castellan gateway'),
  create(groupRecord, 'Password', '*'),
];

/** The number comes last but one: until then nobody can be it, and IsHidden is there before anybody could see it. */
const userCommands = (id: number): readonly (readonly string[])[] => [
  create(userRecord),
  create(userRecord, 'IsHidden', '1'),
  create(userRecord, 'Password', '*'),
  create(userRecord, 'UserShell', '/usr/bin/false'),
  create(userRecord, 'NFSHomeDirectory', '/var/empty'),
  create(userRecord, 'RealName', 'Castellan gateway'),
  create(userRecord, 'PrimaryGroupID', String(id)),
  create(userRecord, 'UniqueID', String(id)),
];

type Missing = Extract<FoundAccount, { kind: 'missing' }>;

const commandsFor = ({ id, halves }: Missing): readonly (readonly string[])[] => [
  ...(halves.group ? [] : groupCommands(id)),
  ...(halves.user ? [] : userCommands(id)),
];

export const accountCommands = (missing: Missing): readonly string[] =>
  commandsFor(missing).map((args) => commandText(dscl, args));

export const makeAccount = async (run: RunCommand, missing: Missing): Promise<Done> => {
  for (const args of commandsFor(missing)) {
    const { code } = await run(dscl, args);
    if (code !== 0) return notDone(`${commandText(dscl, args)} ended with ${code ?? 'no answer'}`);
  }
  return (await findAccount(run)).kind === 'there'
    ? done
    : notDone(`${gatewayAccountName} is not there after it was made`);
};

/** Of what is not there: done. `keep`: records that were there before. */
export const removeAccount = async (
  run: RunCommand,
  keep: Missing['halves'] = { user: false, group: false },
): Promise<Done> => {
  const wrong: string[] = [];
  for (const [record, isKept] of [
    [userRecord, keep.user],
    [groupRecord, keep.group],
  ] as const) {
    if (isKept) continue;
    const { code } = await run(dscl, ['.', '-read', record, 'RecordName']);
    if (code !== 0) continue;
    const removed = await run(dscl, ['.', '-delete', record]);
    if (removed.code !== 0) wrong.push(`${record} could not be deleted (dscl: ${removed.code ?? 'no answer'})`);
  }
  return wrong.length === 0 ? done : notDone(wrong.join('; '));
};
