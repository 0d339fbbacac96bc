import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A small JSON file of the app's own, in the user's folder. */

export interface StoredFile<T> {
  /** `fallback` when there is none or it is not valid; an invalid one is set aside as `….invalid`. */
  read(): T;
  /** Whole or not at all: a temporary file renamed into place. Throws what the file system throws. */
  write(value: T): void;
  /** The same for what may as well be lost: a failure is only logged. */
  keep(value: T): void;
}

export interface StoredFileOptions<T> {
  readonly file: string;
  /** What it is called in the log. */
  readonly name: string;
  /** Throws on what is not valid. */
  readonly parse: (value: unknown) => T;
  readonly fallback: T;
  readonly log: (line: string) => void;
}

export const storedFile = <T>({ file, name, parse, fallback, log }: StoredFileOptions<T>): StoredFile<T> => {
  const write = (value: T): void => {
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
    renameSync(temporary, file);
  };
  return {
    read: () => {
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log(`${name}: not readable, ${String(error)}`);
        return fallback;
      }
      try {
        return parse(JSON.parse(text));
      } catch {
        log(`${name}: not valid, defaults are used`);
        try {
          renameSync(file, `${file}.invalid`);
        } catch (error) {
          log(`${name}: not set aside, ${String(error)}`);
        }
        return fallback;
      }
    },
    write,
    keep: (value) => {
      try {
        write(value);
      } catch (error) {
        log(`${name}: not kept, ${String(error)}`);
      }
    },
  };
};
