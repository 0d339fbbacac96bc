import { renameSync } from 'node:fs';
import { join } from 'node:path';
import Logger from 'electron-log/src/core/Logger.js';
import fileTransport, { type FileTransport } from 'electron-log/src/node/transports/file/index.js';

/**
 * The keeper's log: three files of 5 MB, quiet on green. Warnings and errors are written, and `notice` for start and stop;
 * `debug` only when asked for. Written on libuv's threads, so a slow disk delays no tick; what waits is bounded.
 */

export interface Log {
  readonly error: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Start, stop, reload: rare events that are no trouble. */
  readonly notice: (text: string) => void;
  readonly debug: (text: string) => void;
}

export interface LogOptions {
  /** The folder state/logs; made when it is missing. */
  readonly directory: string;
  /** File name without its ending. */
  readonly name?: string;
  readonly debug?: boolean;
  /** Also to stderr: development, and a service manager that keeps it. */
  readonly console?: boolean;
  readonly maxBytes?: number;
}

/** Files kept beside the one being written. */
const archives = 2;
const waitingLines = 1_000;

export const createLog = (options: LogOptions): Log => {
  const path = join(options.directory, `${options.name ?? 'keeper'}.log`);
  const logger = new Logger({
    logId: path,
    // The transport asks its surroundings for paths only to derive a default name, which is given here.
    dependencies: { externalApi: { getPathVariables: () => ({}) } },
    transportFactories: { file: fileTransport, console: () => stderrTransport(options.console === true) },
  });
  const file = logger.transports.file as FileTransport;
  file.level = options.debug === true ? 'debug' : 'info';
  file.sync = false;
  file.maxSize = options.maxBytes ?? 5 * 2 ** 20;
  file.format = '{iso} {level} {text}';
  file.writeOptions.mode = 0o600;
  file.resolvePathFn = () => path;
  file.archiveLogFn = () => shiftFiles(path);
  logger.processInternalErrorFn = () => {};
  logger.hooks.push((message, transport) => {
    if (transport !== file) return message;
    return file.getFile().asyncWriteQueue.length < waitingLines ? message : false;
  });
  return {
    error: (text) => logger.error(text),
    warn: (text) => logger.warn(text),
    notice: (text) => logger.info(text),
    debug: (text) => logger.debug(text),
  };
};

const shiftFiles = (path: string): void => {
  for (let number = archives; number >= 1; number--) {
    try {
      renameSync(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
    } catch {
      // There are not so many yet, or the disk refuses: the file grows and the next line tries again.
    }
  }
};

interface Line {
  readonly level: string;
  readonly data: readonly unknown[];
}

/** electron-log's file transport also reports its own trouble here; without a console it is left unsaid. */
const stderrTransport = (wanted: boolean): ((line: Line) => void) & { level: string | false } => {
  const write = (line: Line): void => {
    if (wanted) process.stderr.write(`${line.level}: ${line.data.join(' ')}\n`);
  };
  return Object.assign(write, { level: 'silly' });
};
