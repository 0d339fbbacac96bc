import { type Fields, field, plausibleTime, textOf, timeOf } from './fields.ts';
import { memoryOf } from './memory-status.ts';
import { panicProcesses, rank } from './processes.ts';
import type { CompressorReport, LimitUsed, Reason, ReportFacts, SwapReport } from './verdict.ts';

/**
 * A panic. What matters stands in `panicString`, the kernel's own words of many lines. All patterns have bounded repeats:
 * the text may be anything.
 */

/** All that is looked for stands within the first few KiB; a thread's backtrace may follow for a megabyte. */
const readCharacters = 2 ** 20;

const seconds = (digits: string | undefined): number | null => (digits === undefined ? null : Number(digits));

/** The first line without the processor and address it begins with. */
const firstLine = (text: string): string => {
  const [line = ''] = text.slice(0, 1024).split('\n', 1);
  return line.replace(/^panic\(cpu \d{1,4}(?: caller [0-9a-fx]{1,18})?\): ?/i, '').trim();
};

const reasonOf = (text: string): Reason => {
  const watchdog = /(?<!userspace )watchdog timeout: no checkins from watchdogd(?: in (\d{1,9}) seconds)?/.exec(text);
  if (watchdog !== null) return { kind: 'watchdog', seconds: seconds(watchdog[1]) };
  // "… from configd in 182 seconds", "… from WindowServer (2 induced crashes) in 120 seconds",
  // "… from com.apple.WindowServer since load" with the seconds in the line of that service.
  const service = /userspace watchdog timeout: no successful checkins from ([^\s,]{1,128})([^\n]{0,128})/.exec(text);
  if (service !== null) {
    const [, name = '?', rest = ''] = service;
    const sinceLoad = /no successful checkins since load \((\d{1,9}) seconds ago\)/.exec(text);
    return {
      kind: 'userspace_watchdog',
      service: name,
      seconds: seconds(/ in (\d{1,9}) seconds/.exec(rest)?.[1] ?? sinceLoad?.[1]),
    };
  }
  const line = firstLine(text);
  if (line === '') return { kind: 'unknown' };
  const task = /Panicked task [0-9a-fx]{1,20}:[^\n]{0,64} pid \d{1,9}: ([^\n]{1,64})/.exec(text);
  return { kind: 'other_panic', text: line.slice(0, 240), task: task?.[1]?.trim() ?? null };
};

const limit = (percent: string | undefined, word: string | undefined): LimitUsed | null =>
  percent === undefined || word === undefined ? null : { percent: Number(percent), isBad: word === 'BAD' };

/** The format of osfmk/kern/debug.c; older kernels leave the segments out. */
const compressorLine =
  /Compressor Info: (\d{1,9})% of compressed pages limit \((OK|BAD)\)(?: and (\d{1,9})% of segments limit \((OK|BAD)\))?(?: with (\d{1,9}) swapfiles)?(?: and (OK|LOW) swap space)?/;

const pressureOf = (
  text: string,
): { readonly limits: Pick<CompressorReport, 'segments' | 'pages'> | null; readonly swap: SwapReport | null } => {
  const found = compressorLine.exec(text);
  if (found === null) return { limits: null, swap: null };
  const [, pages, pagesWord, segments, segmentsWord, files, space] = found;
  return {
    limits: { segments: limit(segments, segmentsWord), pages: limit(pages, pagesWord) },
    swap:
      files === undefined && space === undefined
        ? null
        : { files: seconds(files), isLow: space === undefined ? null : space === 'LOW' },
  };
};

/** "  Calendar: 0x6781eb7a 0x00002fcb": seconds since 1970 and microseconds (osfmk/arm/model_dep.c). */
const kernelTime = (text: string, name: 'Boot' | 'Calendar'): number | null => {
  const found = new RegExp(`${name} {0,8}: 0x([0-9a-f]{1,8}) 0x([0-9a-f]{1,8})`).exec(text);
  if (found === null) return null;
  return plausibleTime(
    Number.parseInt(found[1] ?? '0', 16) * 1000 + Math.floor(Number.parseInt(found[2] ?? '0', 16) / 1000),
  );
};

/** Of a report that is cut off, the lines that are there whole: half a line of the compressor would say that there was room. */
const wholeLines = (text: string, wasWhole: boolean): string => {
  const end = text.lastIndexOf('\n');
  return wasWhole || end === -1 ? text : text.slice(0, end);
};

/** `plain`: what stands behind the header where that is not JSON. */
export const readPanic = (
  header: Fields | null,
  body: Fields,
  plain: string | null,
  wasWhole: boolean,
): ReportFacts => {
  const told = field(body, 'panicString') ?? field(body, 'panic_string');
  const said = typeof told === 'string' && told.trim() !== '' ? told : null;
  const text = wholeLines((said ?? plain ?? '').slice(0, readCharacters).trimStart(), wasWhole);
  const event = kernelTime(text, 'Calendar');
  const list = panicProcesses(body);
  const { limits, swap } = pressureOf(text);
  const { compressor, memory } = memoryOf(body);
  return {
    kind: 'panic',
    at: event ?? timeOf(field(header, 'timestamp')) ?? timeOf(field(body, 'date')),
    atIs: event === null ? 'written' : 'event',
    bootedAt: kernelTime(text, 'Boot'),
    os: textOf(field(header, 'os_version')) ?? textOf(field(body, 'build')),
    isComplete: wasWhole && said !== null && list?.isComplete !== false,
    reason: reasonOf(text),
    victim: null,
    ended: [],
    ...rank(list?.all ?? []),
    processCount: list?.all.length ?? null,
    compressor:
      limits === null
        ? compressor
        : { sizeBytes: compressor?.sizeBytes ?? null, storedBytes: compressor?.storedBytes ?? null, ...limits },
    swap,
    memory,
  };
};
