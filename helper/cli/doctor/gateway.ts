import { get } from 'node:http';
import { totalmem } from 'node:os';
import * as z from 'zod/mini';
import { addressText, parseAddress } from '../../config/addresses.ts';
import { type Address, defaultConfig } from '../../config/config.ts';
import { checkConfigFile } from '../../config/load.ts';
import { trustedOwners } from '../../config/trusted-folders.ts';
import { configPath } from '../../keeper/life/run-directory.ts';
import type { Status } from '../../protocol/status.ts';
import type { DoctorCheck } from '../../protocol/verbs.ts';
import { productVersion } from '../../protocol/version.ts';
import type { Place } from '../place.ts';

/** Whether the gateway is there, is ours, and has the addresses it needs: as the keeper sees it, and as its clients do. */

const answerMs = 1_000;
const mostBytes = 64 * 1024;

/** What of its health is needed here; a later gateway may say more. */
const healthSchema = z.looseObject({ version: z.string(), keeper: z.string() });

type Answer =
  | { readonly kind: 'gateway'; readonly version: string; readonly tookMs: number }
  /** Something answers, or takes the connection, and is no gateway. */
  | { readonly kind: 'stranger'; readonly found: string }
  | { readonly kind: 'nobody' };

const judge = (status: number, body: string, tookMs: number): Answer => {
  try {
    const health = healthSchema.safeParse(JSON.parse(body));
    if (health.success) return { kind: 'gateway', version: health.data.version, tookMs };
  } catch {
    // Not JSON, so not ours: told below.
  }
  return { kind: 'stranger', found: `something else answers there (HTTP ${status})` };
};

const askHealth = ({ host, port }: Address): Promise<Answer> =>
  new Promise((resolve) => {
    const fromMs = performance.now();
    const request = get({ host, port, path: '/healthz', timeout: answerMs, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > mostBytes) request.destroy();
      });
      response.on('end', () => finish(judge(response.statusCode ?? 0, body, performance.now() - fromMs)));
    });
    const deadline = setTimeout(() => {
      finish({ kind: 'stranger', found: `it does not answer within ${answerMs / 1000} s` });
    }, answerMs);
    const finish = (answer: Answer): void => {
      clearTimeout(deadline);
      request.destroy();
      resolve(answer);
    };
    request.on('error', ({ code }: NodeJS.ErrnoException) =>
      finish(
        code === 'ECONNREFUSED' || code === 'EADDRNOTAVAIL'
          ? { kind: 'nobody' }
          : { kind: 'stranger', found: `something else listens there (${code ?? 'no HTTP'})` },
      ),
    );
  });

const start = 'Start it: `npm start` in a checkout; on an installed machine launchd starts it by itself.';

const configured = ({ runDirectory }: Place, uid: number): Address => {
  const checked = checkConfigFile(configPath(runDirectory), { owners: trustedOwners(uid), totalBytes: totalmem() });
  return (checked.state === 'valid' ? checked.config : defaultConfig).api.listen;
};

/** `gateway` is what the keeper says of it; null: no keeper answers. */
export const gatewayCheck = async (
  place: Place,
  uid: number,
  gateway: Status['gateway'] | null,
): Promise<DoctorCheck> => {
  const check = (state: DoctorCheck['state'], found: string, todo = ''): DoctorCheck => ({
    name: 'gateway',
    state,
    found,
    todo,
  });
  const known = gateway?.state === 'present' ? gateway : null;
  const problems = known?.problems ?? [];
  if (known !== null && known.listen === '')
    return check(
      'fail',
      ['is connected to the keeper and listens nowhere', ...problems].join('\n'),
      'End what has its address, or give it another one in [api] of castellan.toml.',
    );
  const address = (known === null ? null : parseAddress(known.listen)) ?? configured(place, uid);
  const at = addressText(address);
  const answer: Answer = address.port === 0 ? { kind: 'nobody' } : await askHealth(address);
  // It knows who has an address of its own, and may not listen where the keeper believes it does.
  if (problems.length > 0 && known !== null)
    return check(
      'fail',
      [
        ...(answer.kind === 'nobody' ? [`is connected to the keeper, and nobody answers at ${at}`] : []),
        ...problems,
      ].join('\n'),
      'Put right what is named (who has an address, where alerts go, or castellan.toml); the rest of it works.',
    );
  if (known === null && answer.kind === 'gateway' && gateway !== null)
    return check(
      'fail',
      `a gateway answers at ${at}, and it is not this keeper's`,
      'End it, or use the run directory it belongs to.',
    );
  if (answer.kind === 'stranger')
    return check(
      'fail',
      `${at}: ${answer.found}`,
      'End what has the address, or give the gateway another one in [api].',
    );
  if (answer.kind === 'nobody')
    return known === null
      ? check('fail', 'is not there: no HTTP API, no proxies, and no readiness over HTTP', start)
      : check('fail', `is connected to the keeper, and nobody answers at ${at}`, start);
  const found = `answers at http://${at} in ${answer.tookMs.toFixed(1)} ms`;
  if (answer.version !== productVersion)
    return check(
      'warn',
      `${found}, and is version ${answer.version} beside ${productVersion}`,
      'Restart it: an update leaves the old one running.',
    );
  return check('ok', found);
};
