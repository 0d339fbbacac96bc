import * as z from 'zod/mini';
import { type Config, defaultConfig, type Threshold } from './config.ts';
import { quantity, word } from './fields.ts';
import { advisor, toAdvisor } from './schema-advisor.ts';
import { containers, toContainers } from './schema-containers.ts';
import { api, bands, gpu, toApi, toBands, toGpu } from './schema-machine.ts';
import { push, toPush } from './schema-push.ts';
import { relief, toRelief } from './schema-relief.ts';
import { seats, toSeat } from './schema-seat.ts';

/** castellan.toml as it is written. Unknown keys are errors; what is left out has its default. */

const threshold = (level: string) =>
  z
    .strictObject({
      available: z.optional(quantity('size', 'available', `${level} holds below this much available memory.`)),
      swap: z.optional(quantity('percent', 'swap', `${level} holds from this share of swap in use.`)),
    })
    .register(z.globalRegistry, { description: `When the level is ${level}.` });

const pressure = z
  .strictObject({
    yellow: z.optional(threshold('yellow')),
    orange: z.optional(threshold('orange')),
    red: z.optional(threshold('red')),
    swap_arm_from: z.optional(quantity('size', 'swap_arm_from', 'Below this much swap in use its share says nothing.')),
    compressor_growth: z.optional(
      quantity('rate', 'compressor_growth', 'At orange, compressor growth above this lifts the level to red.'),
    ),
  })
  .register(z.globalRegistry, { description: 'When the machine counts as short of memory.' });

const alerts = z
  .strictObject({
    file: z.optional(
      word(
        /^(?:~[A-Za-z_][A-Za-z0-9._-]{0,31}|)(?:\/(?!\.{1,2}(?:\/|$))[^/\p{Cc}\p{Cf}\u2028\u2029]{1,255}){1,32}$/u,
        'an absolute path, or ~ACCOUNT/ and the rest of it',
        'file',
        '~neo/.sanctum/alerts.json',
        'Alerts are also appended to this file, with the rights of the account whose home it is in.',
      ),
    ),
    push: z.optional(push),
  })
  .register(z.globalRegistry, { description: 'Where alerts go besides the run directory.' });

const history = z
  .strictObject({
    max: z.optional(quantity('size', 'max', 'Largest size of the history on disk.', { least: '16 MB', most: '4 GB' })),
  })
  .register(z.globalRegistry, { description: 'What is kept for the charts.' });

export const configSchema = z
  .strictObject({
    pressure: z.optional(pressure),
    relief: z.optional(relief),
    containers: z.optional(containers),
    advisor: z.optional(advisor),
    alerts: z.optional(alerts),
    history: z.optional(history),
    api: z.optional(api),
    gpu: z.optional(gpu),
    band: z.optional(bands),
    seat: z.optional(seats),
  })
  .register(z.globalRegistry, {
    title: 'castellan.toml',
    description: 'Sizes are strings with a unit; 1 GB is 2^30 bytes.',
  });

type Written = z.output<typeof configSchema>;

/** Fills in the defaults. */
export const toConfig = (written: Written): Config => {
  const { pressure, history } = written;
  const known = defaultConfig.pressure;
  const level = (name: 'yellow' | 'orange' | 'red'): Threshold => ({
    availableBytes: pressure?.[name]?.available ?? known[name].availableBytes,
    swapPercent: pressure?.[name]?.swap ?? known[name].swapPercent,
  });
  return {
    pressure: {
      yellow: level('yellow'),
      orange: level('orange'),
      red: level('red'),
      swapArmFromBytes: pressure?.swap_arm_from ?? known.swapArmFromBytes,
      compressorGrowthBytesPerSecond: pressure?.compressor_growth ?? known.compressorGrowthBytesPerSecond,
    },
    seats: (written.seat ?? []).map(toSeat),
    bands: toBands(written.band),
    gpu: toGpu(written.gpu),
    api: toApi(written.api),
    relief: toRelief(written.relief),
    containers: written.containers === undefined ? null : toContainers(written.containers),
    advisor: written.advisor === undefined ? null : toAdvisor(written.advisor),
    alerts: { file: written.alerts?.file ?? defaultConfig.alerts.file, push: toPush(written.alerts?.push) },
    history: { maxBytes: history?.max ?? defaultConfig.history.maxBytes },
  };
};

/** JSON Schema of the file, for editors: completion and checks while typing. */
export const configJsonSchema = (): Readonly<Record<string, unknown>> =>
  z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });

/** Keys that may stand in the table at a path of the file, for "did you mean". */
export const keysAt = (path: readonly (string | number)[]): readonly string[] => {
  let here: unknown = configSchema;
  for (const part of path) {
    here = unwrapped(here);
    if (here instanceof z.ZodMiniObject) here = here.shape[part];
    else if (here instanceof z.ZodMiniArray) here = here.def.element;
    else return [];
  }
  here = unwrapped(here);
  return here instanceof z.ZodMiniObject ? Object.keys(here.shape) : [];
};

const unwrapped = (schema: unknown): unknown =>
  schema instanceof z.ZodMiniOptional ? unwrapped(schema.def.innerType) : schema;
