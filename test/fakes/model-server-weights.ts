import { closeSync, writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { mostMb } from './model-server-options.ts';

/** Memory of a model server, every page of it touched, so that the kernel counts it. */
export interface Weights {
  /** Holds at least this share of it, 0 to 1. What is held is not given back. */
  growTo(share: number): void;
  heldBytes(): number;
  /** Gives all of it back to the machine. */
  release(): void;
}

const MB = 2 ** 20;

interface Part {
  readonly growTo: (mb: number) => void;
  readonly heldMb: () => number;
  readonly release: () => void;
}

// Node has it; its types leave it to those of the browser.
declare global {
  namespace WebAssembly {
    class Memory {
      constructor(pages: { readonly initial: number; readonly maximum: number });
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
  }
}

/** Bytes of a page of WebAssembly memory. */
const wasmPage = 2 ** 16;

/** WebAssembly memory is a mapping of its own; buffers come from malloc, which keeps much of what it is given back. */
const anonymous = (): Part => {
  let memory: WebAssembly.Memory | null = null;
  let heldMb = 0;
  return {
    growTo: (mb) => {
      memory ??= new WebAssembly.Memory({ initial: 0, maximum: (mostMb * MB) / wasmPage });
      if (mb <= heldMb) return;
      memory.grow(((mb - heldMb) * MB) / wasmPage);
      new Uint8Array(memory.buffer, heldMb * MB).fill(1);
      heldMb = mb;
    },
    heldMb: () => heldMb,
    release: () => {
      memory = null;
      heldMb = 0;
      // The pages go back when the memory is collected, not when it is let go.
      setFlagsFromString('--expose-gc');
      const collect: unknown = runInNewContext('gc');
      if (typeof collect === 'function') collect();
    },
  };
};

/** Written through the descriptor and never mapped: no figure of the process itself shows it. */
const memfd = async (): Promise<Part> => {
  const { default: koffi } = await import('koffi');
  const create = koffi.load(null).func('int memfd_create(const char *name, unsigned int flags)');
  const piece = Buffer.alloc(MB, 7);
  let fd: number | null = null;
  let written = 0;
  return {
    growTo: (mb) => {
      // MFD_CLOEXEC (linux/memfd.h)
      fd ??= Number(create('weights', 1));
      if (fd < 0) throw new Error(`memfd_create failed (errno ${koffi.errno()})`);
      while (written < mb * MB) written += writeSync(fd, piece, 0, Math.min(MB, mb * MB - written), written);
    },
    heldMb: () => written / MB,
    release: () => {
      if (fd !== null) closeSync(fd);
      fd = null;
      written = 0;
    },
  };
};

export const createWeights = async (sizes: { readonly anonMb: number; readonly memfdMb: number }): Promise<Weights> => {
  const plain = anonymous();
  const hidden = sizes.memfdMb > 0 ? await memfd() : null;
  return {
    growTo: (share) => {
      plain.growTo(Math.floor(sizes.anonMb * share));
      hidden?.growTo(Math.floor(sizes.memfdMb * share));
    },
    heldBytes: () => (plain.heldMb() + (hidden?.heldMb() ?? 0)) * MB,
    release: () => {
      plain.release();
      hidden?.release();
    },
  };
};
