import { bytesOf, type Fields, field, fieldsOf, wholeOf } from './fields.ts';
import type { CompressorReport, MemoryReport } from './verdict.ts';

/** `memoryStatus`, which both kinds of report have. Its figures are pages. */

const pageSizes: readonly number[] = [4096, 16384];

/**
 * Bytes of a page. It stands inside `memoryStatus`; where it is missing, the kernel's name tells: Apple silicon has pages of
 * 16 KiB, Intel of 4.
 */
export const pageBytesOf = (body: Fields): number | null => {
  const said = wholeOf(field(fieldsOf(field(body, 'memoryStatus')), 'pageSize')) ?? wholeOf(field(body, 'pageSize'));
  if (said !== null) return pageSizes.includes(said) ? said : null;
  const kernel = field(body, 'kernel');
  if (typeof kernel !== 'string') return null;
  if (kernel.includes('_ARM64')) return 16384;
  return kernel.includes('_X86_64') ? 4096 : null;
};

const sum = (parts: readonly (number | null)[]): number | null => {
  let total = 0;
  for (const part of parts) {
    if (part === null) return null;
    total += part;
  }
  return total;
};

export const memoryOf = (
  body: Fields,
): { readonly compressor: CompressorReport | null; readonly memory: MemoryReport | null } => {
  const status = fieldsOf(field(body, 'memoryStatus'));
  if (status === null) return { compressor: null, memory: null };
  const pageBytes = pageBytesOf(body);
  const inBytes = (fields: Fields | null, key: string): number | null =>
    bytesOf(wholeOf(field(fields, key)), pageBytes);
  const pages = fieldsOf(field(status, 'memoryPages'));
  const sizeBytes = inBytes(status, 'compressorSize');
  const storedBytes = inBytes(status, 'uncompressed');
  const freeBytes = inBytes(pages, 'free');
  const wiredBytes = inBytes(pages, 'wired');
  // Anonymous and file-backed pages are the same pages once more, by another property.
  const tiers = ['active', 'inactive', 'speculative'].map((key) => inBytes(pages, key));
  return {
    compressor:
      sizeBytes === null && storedBytes === null ? null : { sizeBytes, storedBytes, segments: null, pages: null },
    memory:
      pages === null
        ? null
        : {
            freeBytes,
            wiredBytes,
            anonymousBytes: inBytes(pages, 'anonymous'),
            fileBackedBytes: inBytes(pages, 'fileBacked'),
            totalBytes: sum([...tiers, freeBytes, wiredBytes, sizeBytes]),
          },
  };
};
