import * as z from 'zod/mini';
import type { HealthConfig } from './config.ts';
import { word } from './fields.ts';
import { absolutePath, localUrl } from './fields-machine.ts';

/** The table [seat.health] of castellan.toml. */

const mostListeners = 4;
const mostBeside = 8;

const tls = z
  .strictObject({
    ca: absolutePath('ca', '/etc/sanctum/ca.pem', 'Certificate of who signed the server’s, PEM.'),
    cert: absolutePath('cert', '/etc/sanctum/castellan.pem', 'The certificate to show, PEM.'),
    key: absolutePath('key', '/etc/sanctum/castellan.key', 'Its key, PEM, readable by the account of the gateway.'),
  })
  .register(z.globalRegistry, { description: 'For listeners that ask for a certificate.' });

export const health = z
  .strictObject({
    list: z.optional(
      z
        .array(
          localUrl(
            'list',
            'http://127.0.0.1:1337/v1/models',
            'A GET on this machine that must answer 200 with a list of models within 5 s; asked each minute.',
          ),
        )
        .check(z.maxLength(mostListeners))
        .register(z.globalRegistry, { description: 'Lists of models, one for each listener; all must answer.' }),
    ),
    chat: z.optional(
      localUrl(
        'chat',
        'http://127.0.0.1:1337/v1/chat/completions',
        'A POST on this machine of a chat of one word, every ten minutes; it waits up to twenty while the seat is at work.',
      ),
    ),
    model: z.optional(
      word(
        /^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]{1,256}$/u,
        'a name of up to 256 characters on one line',
        'model',
        'qwen3-35b',
        'The model that is asked for and must answer. Left out: the first that the list names.',
      ),
    ),
    program: z.optional(
      absolutePath('program', '/opt/sanctum/bin/sanctum-mlx', 'What its next start runs. Default: that of command.'),
    ),
    beside: z.optional(
      z
        .array(
          word(
            /^(?!\.{1,2}$)[^/\p{Cc}\p{Cf}\p{Cs}]{1,255}$/u,
            'the name of a file',
            'beside',
            'default.metallib',
            'A name.',
          ),
        )
        .check(z.maxLength(mostBeside))
        .register(z.globalRegistry, { description: 'Files that must lie in the folder of the program.' }),
    ),
    sha256: z.optional(
      word(/^[0-9a-f]{64}$/, '64 hexadecimal digits', 'sha256', 'e3b0…b855', 'Pinned SHA-256 of the program.'),
    ),
    tls: z.optional(tls),
  })
  .register(z.globalRegistry, { description: 'What is asked of a seat that serves, to know that it does.' });

/** @param program that of the seat's command; null: it has none */
export const toHealth = (written: z.output<typeof health>, program: string | null): HealthConfig => {
  const path = written.program ?? program;
  return {
    listUrls: written.list ?? [],
    chatUrl: written.chat ?? null,
    model: written.model ?? null,
    files: path === null ? null : { program: path, beside: written.beside ?? [], sha256: written.sha256 ?? null },
    tls: written.tls ?? null,
  };
};
