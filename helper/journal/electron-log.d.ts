/**
 * The two parts of electron-log 5.4.4 the helper uses. Its entry for Node also loads a transport that sends logs over
 * HTTPS, which costs 4.5 MB of anonymous memory and is never wanted in a root process.
 */
declare module 'electron-log/src/core/Logger.js' {
  interface Transport {
    level: string | false;
  }
  interface Message {
    readonly data: readonly unknown[];
    readonly level: string;
  }
  interface Options {
    readonly logId: string;
    readonly dependencies: Readonly<Record<string, unknown>>;
    readonly transportFactories: Readonly<Record<string, unknown>>;
  }
  export default class Logger {
    constructor(options: Options);
    readonly transports: Readonly<Record<string, Transport>>;
    readonly hooks: ((message: Message, transport: unknown, name: string) => Message | false)[];
    processInternalErrorFn: (fault: unknown) => void;
    error(...data: unknown[]): void;
    warn(...data: unknown[]): void;
    info(...data: unknown[]): void;
    debug(...data: unknown[]): void;
  }
}

declare module 'electron-log/src/node/transports/file/index.js' {
  interface LogFile {
    readonly asyncWriteQueue: readonly string[];
    toString(): string;
  }
  export interface FileTransport {
    level: string | false;
    sync: boolean;
    maxSize: number;
    format: string;
    readonly writeOptions: { flag: string; mode: number; encoding: string };
    resolvePathFn: () => string;
    archiveLogFn: (file: LogFile) => void;
    getFile: () => LogFile;
  }
  const factory: (...given: unknown[]) => FileTransport;
  export default factory;
}
