import { parseArgs } from 'node:util';
import { type HostKind, hostKinds } from '../host/port.ts';

export const keeperUsage = `castellan keeper: measures the machine, judges, acts within castellan.toml, and records.

  --run-dir DIR    sockets, heartbeat and state (default: the installed or the development folder)
  --host KIND      ${hostKinds.join(' | ')} (default: this machine)
  --config FILE    castellan.toml (default: the one that belongs to the run directory)
  --gateway-uid N  account of the gateway (default: _castellan, or in development one's own; nobody for root)
  --help           this text`;

export interface KeeperArguments {
  readonly runDirectory: string | undefined;
  readonly host: HostKind | undefined;
  readonly config: string | undefined;
  readonly gatewayUid?: number | undefined;
}

export type ParsedKeeperArguments =
  | { readonly kind: 'run'; readonly options: KeeperArguments }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly detail: string };

const isHostKind = (word: string): word is HostKind => hostKinds.some((kind) => kind === word);

export const parseKeeperArguments = (argv: readonly string[]): ParsedKeeperArguments => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        'run-dir': { type: 'string' },
        host: { type: 'string' },
        config: { type: 'string' },
        'gateway-uid': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return { kind: 'help' };
    const { host } = values;
    if (host !== undefined && !isHostKind(host)) return { kind: 'wrong', detail: `no host is called ${host}` };
    const gateway = values['gateway-uid'];
    if (gateway !== undefined && !/^\d{1,10}$/.test(gateway))
      return { kind: 'wrong', detail: `--gateway-uid takes a number, not "${gateway}"` };
    const gatewayUid = gateway === undefined ? undefined : Number(gateway);
    return { kind: 'run', options: { runDirectory: values['run-dir'], host, config: values.config, gatewayUid } };
  } catch (error) {
    return { kind: 'wrong', detail: error instanceof Error ? error.message : String(error) };
  }
};
