import * as z from 'zod/mini';
import type { ContainersConfig } from './config.ts';
import { quantity, word, yesNo } from './fields.ts';
import { absolutePath, argument } from './fields-machine.ts';

/** The table [containers] of castellan.toml. */

const mostNames = 64;
const mostArguments = 16;

const idle = '30 min';

/** What a household needs up: automation, a wiki and the stores behind it, messages. */
export const keptByDefault: readonly string[] = [
  'home-assistant',
  'homeassistant',
  'outline',
  'postgres',
  'redis',
  'minio',
  'signal-cli',
];

const containerName = (key: string, example: string) =>
  word(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
    'a name of letters, digits, underscores, dots and hyphens',
    key,
    example,
    'A name.',
  );

export const containers = z
  .strictObject({
    socket: z.optional(
      absolutePath(
        'socket',
        '/Users/neo/.colima/default/docker.sock',
        'Socket of the engine. Left out: where Docker, OrbStack and Colima have theirs.',
      ),
    ),
    idle: z.optional(
      quantity('duration', 'idle', `So long a container must have idled to be stopped. Default "${idle}".`, {
        least: '10 min',
        most: '24 h',
      }),
    ),
    stop: z.optional(
      z.array(containerName('stop', 'jellyfin')).check(z.maxLength(mostNames)).register(z.globalRegistry, {
        description: 'Names of containers that may be stopped when idle, beside those with the label.',
      }),
    ),
    keep: z.optional(
      z.array(containerName('keep', 'redis')).check(z.maxLength(mostNames)).register(z.globalRegistry, {
        description: 'Containers with such a word in their name or image are never stopped.',
      }),
    ),
    check_ports: z.optional(
      yesNo('check_ports', 'Whether published ports are tried on this machine at each look. Default true.'),
    ),
    restart: z.optional(
      z
        .tuple(
          [absolutePath('restart', '/opt/homebrew/bin/colima', 'The program.')],
          argument('restart', 'restart', 'An argument.'),
        )
        .check(z.maxLength(mostArguments))
        .register(z.globalRegistry, {
          description: 'Program and arguments run, as the user at the console, when a port stays closed; no shell.',
        }),
    ),
  })
  .register(z.globalRegistry, { description: 'Containers; with this table, even an empty one, they are looked at.' });

/** Fills in the defaults. */
export const toContainers = (written: z.output<typeof containers>): ContainersConfig => ({
  socket: written.socket ?? null,
  idleSeconds: (written.idle ?? 1_800_000) / 1_000,
  stop: written.stop ?? [],
  keep: written.keep ?? keptByDefault,
  checksPorts: written.check_ports ?? true,
  restart: written.restart ?? null,
});
