import { parseArgs } from 'node:util';

export const gatewayUsage = `castellan gateway: the HTTP API, the on-demand proxies and the readiness probes, without rights of its own.

  --run-dir DIR    the keeper's folder (default: the installed or the development folder)
  --gateway-uid N  account to become when started as root (default: _castellan, or nobody)
  --help           this text`;

export interface GatewayArguments {
  readonly runDirectory: string | undefined;
  readonly gatewayUid: number | undefined;
}

export type ParsedGatewayArguments =
  | { readonly kind: 'run'; readonly options: GatewayArguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly detail: string };

export const parseGatewayArguments = (argv: readonly string[]): ParsedGatewayArguments => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        'run-dir': { type: 'string' },
        'gateway-uid': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    const uid = values['gateway-uid'];
    if (uid !== undefined && !/^\d{1,10}$/.test(uid))
      return { kind: 'wrong', detail: `--gateway-uid takes a number, not "${uid}"` };
    return {
      kind: 'run',
      options: { runDirectory: values['run-dir'], gatewayUid: uid === undefined ? undefined : Number(uid) },
    };
  } catch (error) {
    return { kind: 'wrong', detail: error instanceof Error ? error.message : String(error) };
  }
};
