import type { IncomingMessage } from 'node:http';

export const mostBodyBytes = 4 * 1024;

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  /** The client went away. */
  | { readonly kind: 'broken' };

/** Reads what comes with a request, as far as the limit. Never rejects. */
export const readBody = (request: IncomingMessage): Promise<Body> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBodyBytes) {
        request.pause();
        resolve({ kind: 'too_large' });
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve({ kind: 'whole', bytes: Buffer.concat(chunks) }));
    request.on('error', () => resolve({ kind: 'broken' }));
    request.on('close', () => resolve({ kind: 'broken' }));
  });
