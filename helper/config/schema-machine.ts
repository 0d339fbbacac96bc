import * as z from 'zod/mini';
import { type ApiConfig, type BandRule, type Config, defaultConfig } from './config.ts';
import { pattern, quantity, yesNo } from './fields.ts';
import { address, band } from './fields-machine.ts';
import { name } from './words.ts';

/** The tables [api], [gpu] and [[band]] of castellan.toml. */

const mostBands = 64;
const mostExtraListen = 8;

export const api = z
  .strictObject({
    listen: z.optional(
      address('listen', '127.0.0.1:2189', 'Where the HTTP API answers, on this machine.', {
        loopbackOnly: {
          message: 'The whole API is for this machine only, and this is an address others can reach.',
          fix: 'Keep "127.0.0.1:2189" here; extra_listen is for other addresses, which only tell the state.',
        },
      }),
    ),
    extra_listen: z.optional(
      z
        .array(address('extra_listen', '10.10.10.1:2189', 'One further address.'))
        .check(z.maxLength(mostExtraListen))
        .register(z.globalRegistry, {
          description: 'Further addresses: only /status, /healthz and /metrics, and only with the token. Default [].',
        }),
    ),
    open: z.optional(yesNo('open', '/load and /release ask for no token. Default false.')),
  })
  .register(z.globalRegistry, { description: 'The HTTP API of the gateway.' });

export const gpu = z
  .strictObject({
    wired_limit: z.optional(
      quantity(
        'size',
        'wired_limit',
        'What the GPU may hold wired on this machine (iogpu.wired_limit_mb). Default: the system’s own policy.',
        { least: '1 GB' },
      ),
    ),
  })
  .register(z.globalRegistry, { description: 'What is set for the GPU.' });

const bandRule = z
  .strictObject({
    name: name('QEMU', 'What the rule is called everywhere.'),
    pattern: pattern(
      'pattern',
      '(?:^|/)qemu-system-aarch64(?: |$)',
      'Regular expression (RE2), searched in the whole command line.',
    ),
    band: band('band', 'Jetsam band of what it matches.'),
  })
  .register(z.globalRegistry, { description: 'Processes that are no seat and have a band of their own.' });

export const bands = z
  .array(bandRule)
  .check(z.maxLength(mostBands))
  .register(z.globalRegistry, { description: 'Bands of processes that are no seats, one [[band]] each.' });

export const toApi = (written: z.output<typeof api> | undefined): ApiConfig => ({
  listen: written?.listen ?? defaultConfig.api.listen,
  extraListen: written?.extra_listen ?? defaultConfig.api.extraListen,
  isOpen: written?.open ?? defaultConfig.api.isOpen,
});

export const toGpu = (written: z.output<typeof gpu> | undefined): Config['gpu'] => ({
  wiredLimitBytes: written?.wired_limit ?? defaultConfig.gpu.wiredLimitBytes,
});

export const toBands = (written: z.output<typeof bands> | undefined): readonly BandRule[] =>
  written ?? defaultConfig.bands;
