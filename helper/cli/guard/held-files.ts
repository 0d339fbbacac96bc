import { readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, resolve, sep } from 'node:path';
import * as z from 'zod/mini';
import type { SeatConfig } from '../../config/config.ts';
import type { Host } from '../../host/port.ts';
import { parseSpec } from '../../supervisor/spec.ts';

/**
 * Programs that lie in a folder somebody is about to empty: of seats, as castellan.toml or their property lists name them, and of
 * whatever runs from there now. A `cargo clean` under a running server takes away what its next start needs.
 */

export const heldFileSchema = z.strictObject({
  path: z.string(),
  /** `seat`: named in castellan.toml. `property_list`: of a seat's service. `process`: runs from it now. */
  by: z.enum(['seat', 'property_list', 'process']),
  /** Name of the seat or of the process. */
  name: z.string(),
  pid: z.nullable(z.int()),
});
export type HeldFile = z.infer<typeof heldFileSchema>;

export const guardOutputSchema = z.strictObject({ folder: z.string(), held: z.array(heldFileSchema) });

/** Where links lead; a path that is not there leads nowhere else. */
const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
};

const isInside = (folder: string, path: string): boolean => {
  const prefix = folder.endsWith(sep) ? folder : `${folder}${sep}`;
  return [resolve(path), real(path)].some((each) => each === folder || each.startsWith(prefix));
};

/** /proc/PID/exe says " (deleted)" of a file that is gone already (proc_pid_exe(5)). */
const linkedExecutable = (pid: number): string | null => {
  try {
    return readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
  } catch {
    return null;
  }
};

const isFile = (path: string): boolean => {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Elsewhere the first words of the command line that are a file, as folders may have blanks in their names; else its first word. */
const executableOf = (pid: number, command: string): string | null => {
  const linked = linkedExecutable(pid);
  if (linked !== null || !isAbsolute(command)) return linked;
  const words = command.split(' ');
  const starts = words.map((_, at) => words.slice(0, at + 1).join(' '));
  return starts.find(isFile) ?? words[0] ?? null;
};

const programOf = (plist: string): string | null => {
  try {
    const parsed = parseSpec(readFileSync(plist));
    return parsed.ok ? parsed.spec.program : null;
  } catch {
    return null;
  }
};

export const heldFiles = (
  given: string,
  seats: readonly SeatConfig[],
  host: Pick<Host, 'readProcesses'>,
  plistsOf: (seat: SeatConfig) => readonly string[],
): readonly HeldFile[] => {
  const folder = real(given);
  const ofSeats = seats.flatMap((seat): readonly HeldFile[] => {
    const named = [seat.command?.[0], seat.health?.files?.program].filter((path) => path !== undefined);
    const listed = plistsOf(seat).flatMap((plist) => programOf(plist) ?? []);
    return [
      ...[...new Set(named)].map((path): HeldFile => ({ path, by: 'seat', name: seat.name, pid: null })),
      ...[...new Set(listed)]
        .filter((path) => !named.includes(path))
        .map((path): HeldFile => ({ path, by: 'property_list', name: seat.name, pid: null })),
    ];
  });
  const running = host.readProcesses().processes.flatMap(({ id, name, command }): readonly HeldFile[] => {
    const path = executableOf(id.pid, command);
    return path === null ? [] : [{ path, by: 'process', name, pid: id.pid }];
  });
  return [...ofSeats, ...running].filter(({ path }) => isInside(folder, path));
};
