import { readlinkSync } from 'node:fs';
import type { Inspection } from '../port.ts';
import type { ProcessId, SensorFact } from '../reading.ts';
import { cleanText } from '../text.ts';
import { libc, nativeBuffer } from './libc.ts';
import { listeningAddresses } from './listening.ts';
import { eachNumericEntry } from './numeric-entries.ts';
import { openFile, readOnce } from './proc-io.ts';
import { emptyStatLine, parseStatLine } from './stat-line.ts';

/** Programs that run virtual machines, by the beginning of their file name. */
const hypervisors = ['qemu-system-', 'cloud-hypervisor', 'firecracker'] as const;
/** TASK_COMM_LEN less its NUL (linux/sched.h): a longer name is cut. */
const commLength = 15;

const isHypervisorName = (name: string): boolean =>
  hypervisors.some((known) => name.startsWith(known) || (name.length >= commLength && known.startsWith(name)));

/** What the open files of a process tell; null: they are closed to this account. */
interface OpenFiles {
  /** Inode numbers of its sockets, as the kernel prints them. */
  readonly sockets: ReadonlySet<string>;
  readonly hasKvm: boolean;
}

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder();

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Looks closely at one process: some tens of microseconds, and a look at each file it has open. */
export const createInspector = (
  procRoot: string,
  identify: (pid: number) => ProcessId | SensorFact,
): ((id: ProcessId) => Inspection | SensorFact) => {
  const buffer = nativeBuffer(16_384);
  const link = nativeBuffer(512);
  const stat = emptyStatLine();

  const linkText = (dir: number, nameAddress: number): string => {
    const length = libc.readlinkat(dir, nameAddress, link.address, link.bytes.length);
    return length > 0 ? latin1.decode(link.bytes.subarray(0, length)) : '';
  };

  const openFiles = (pid: number): OpenFiles | null => {
    const dir = openFile(`${procRoot}/${pid}/fd`);
    if (dir < 0) return null;
    const sockets = new Set<string>();
    let hasKvm = false;
    const result = eachNumericEntry(dir, buffer, (_descriptor, _inode, nameAddress) => {
      const target = linkText(dir, nameAddress);
      if (target === '/dev/kvm') hasKvm = true;
      else if (target.startsWith('socket:[')) sockets.add(target.slice('socket:['.length, -1));
      return true;
    });
    libc.close(dir);
    return result < 0 ? null : { sockets, hasKvm };
  };

  /** File name of the program: what runs, where that may be seen, else the name it gave its first thread. */
  const programOf = (pid: number, comm: string): string => {
    try {
      return fileName(readlinkSync(`${procRoot}/${pid}/exe`)).replace(/ \(deleted\)$/, '');
    } catch {
      return comm;
    }
  };

  const tracerOf = (pid: number): boolean | null => {
    const n = readOnce(`${procRoot}/${pid}/status`, buffer);
    const tracer = n > 0 ? /^TracerPid:\s+(\d+)$/m.exec(latin1.decode(buffer.bytes.subarray(0, n)))?.[1] : undefined;
    return tracer === undefined ? null : tracer !== '0';
  };

  const look = (id: ProcessId): Inspection | null => {
    const { pid } = id;
    const n = readOnce(`${procRoot}/${pid}/stat`, buffer);
    if (n <= 0 || !parseStatLine(buffer.bytes, n, stat)) return null;
    const { processGroup, kernelThread } = stat;
    const comm = cleanText(utf8.decode(buffer.bytes.subarray(stat.nameFrom, stat.nameTo)), 64);
    const files = openFiles(pid);
    const isNamedSo = isHypervisorName(comm) || isHypervisorName(programOf(pid, comm));
    return {
      id,
      listening: files === null ? null : listeningAddresses(procRoot, pid, files.sockets),
      // Without a look at its files only a known name is proof; another name proves nothing.
      isHypervisor: isNamedSo || files?.hasKvm === true ? true : files === null ? null : false,
      isTraced: tracerOf(pid),
      isPlatform: kernelThread || pid === 1,
      processGroup,
    };
  };

  return (id) => {
    const seen = look(id);
    // Asked after the rest: had the pid changed hands in between, it would show here.
    const now = identify(id.pid);
    if ('problem' in now) return now;
    if (seen !== null && now.start === id.start) return seen;
    const detail = `/proc/${id.pid}: not the process it was`;
    return { sensor: 'processes', problem: 'vanished', detail, pid: id.pid };
  };
};
