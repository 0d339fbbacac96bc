import { get } from 'node:http';
import type { GatewaySeat, GatewayView } from '../protocol/seats.ts';
import { shortened } from '../protocol/shortened.ts';
import { localUrlOf } from './http-url.ts';
import type { Ask } from './keeper-link.ts';

/** Asks the seats that the keeper wants to know about whether they are ready, and reports what they say. */

export interface ReadinessTimes {
  readonly firstMs: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
}
export const readinessTimes: ReadinessTimes = { firstMs: 250, everyMs: 1_000, timeoutMs: 2_000 };

/** What is read of an answer, bytes; nobody needs it, and a connection is only then closed in order. */
const mostBytes = 64 * 1024;

export interface Finding {
  readonly ok: boolean;
  /** One line, at most 256 characters. */
  readonly detail: string;
}

/** A GET, once, without following anything: only 2xx is yes. Never rejects. */
export const askReady = (readyUrl: string, timeoutMs: number): Promise<Finding> => {
  const no = (detail: string): Finding => ({ ok: false, detail: shortened(detail, 256) });
  const url = localUrlOf(readyUrl);
  if (url === null || url.secure) return Promise.resolve(no(`${readyUrl} is not http on this machine`));
  return new Promise((resolve) => {
    const request = get({
      host: url.host,
      port: url.port,
      path: url.path,
      headers: { host: url.hostHeader, accept: '*/*', connection: 'close' },
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostBytes) request.destroy();
      });
      response.on('error', () => {});
      resolve(status >= 200 && status < 300 ? { ok: true, detail: `${status}` } : no(`${readyUrl} answers ${status}`));
    });
    request.on('upgrade', ({ statusCode = 101 }, socket) => {
      socket.destroy();
      resolve(no(`${readyUrl} answers ${statusCode}`));
    });
    // Whatever has happened, somebody waits for this, and asks again only then.
    request.on('close', () => resolve(no(`${readyUrl} hangs up without an answer`)));
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve(
        no(
          error.name === 'AbortError' || error.name === 'TimeoutError'
            ? `no answer within ${timeoutMs} ms`
            : (error.code ?? error.message),
        ),
      ),
    );
  });
};

export interface Readiness {
  readonly onView: (view: GatewayView) => void;
  readonly close: () => void;
}

export const startReadiness = (ask: Ask, times: ReadinessTimes = readinessTimes): Readiness => {
  /** Seats that are asked, by name; aborted when that ends. */
  const asked = new Map<string, { readonly url: string; readonly ending: AbortController }>();

  const watch = (seat: string, url: string): void => {
    const ending = new AbortController();
    asked.set(seat, { url, ending });
    const round = async (): Promise<void> => {
      const began = performance.now();
      const { ok, detail } = await askReady(url, times.timeoutMs);
      if (ending.signal.aborted) return;
      void ask('probe.report', { seat, channel: 'ready', ok, detail });
      later(Math.max(0, times.everyMs - (performance.now() - began)));
    };
    const later = (ms: number): void => {
      const timer = setTimeout(() => void round(), ms);
      ending.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    };
    later(times.firstMs);
  };

  const leave = (seat: string): void => {
    asked.get(seat)?.ending.abort();
    asked.delete(seat);
  };

  const urlOf = (seats: readonly GatewaySeat[], name: string): string | null => {
    const seat = seats.find((one) => one.name === name);
    return seat?.probing === true ? seat.readyUrl : null;
  };

  return {
    onView: ({ seats }) => {
      for (const [name, { url }] of [...asked]) if (urlOf(seats, name) !== url) leave(name);
      for (const { name, probing, readyUrl } of seats)
        if (probing && readyUrl !== null && !asked.has(name)) watch(name, readyUrl);
    },
    close: () => {
      for (const name of [...asked.keys()]) leave(name);
    },
  };
};
