import { parse } from 'plist';
import * as z from 'zod/mini';
import { labelPattern } from '../host/label.ts';
import '../protocol/english.ts';

/** What a launchd property list says of a job: the keys this supervisor knows (launchd.plist(5)); others are ignored. */
export interface JobSpec {
  readonly label: string;
  /** File that is run; found by PATH when it has no slash, as execvp(3) does. */
  readonly program: string;
  /** Argument vector, the first one included. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string | null;
  readonly keepAlive: boolean;
  readonly runAtLoad: boolean;
  /** Seconds between two starts at least. */
  readonly throttleSeconds: number;
  /** Seconds between TERM and KILL when it is told to end; 0: it is waited for without end. */
  readonly exitTimeoutSeconds: number;
  readonly standardOut: string | null;
  readonly standardError: string | null;
  readonly userName: string | null;
  readonly hasMachServices: boolean;
}

export type ParsedSpec =
  /** `isDisabled`: launchd does not load it, and refuses to (119), until somebody enables it. */
  | { readonly ok: true; readonly spec: JobSpec; readonly isDisabled: boolean }
  /** `label` is known when the file got as far as naming one. */
  | { readonly ok: false; readonly label: string | null; readonly detail: string };

/** launchd.plist(5): ThrottleInterval 10, ExitTimeOut 20. (On recent releases of macOS 5 has been seen for the latter.) */
const defaults = { throttleSeconds: 10, exitTimeoutSeconds: 20 } as const;

/** A day: longer than any job drains or waits. */
const mostSeconds = 86_400;

const text = z.string().check(
  z.maxLength(4096),
  z.refine((value) => !value.includes('\0'), 'must not hold a NUL'),
);
const absolutePath = text.check(z.startsWith('/'));
const seconds = z.number().check(z.minimum(0), z.maximum(mostSeconds));

/** A dictionary for KeepAlive, as launchd has it, is refused rather than taken for true. */
const shape = z.object({
  Label: z.string().check(z.regex(labelPattern)),
  Program: z.optional(text.check(z.minLength(1))),
  ProgramArguments: z.optional(z.array(text).check(z.minLength(1), z.maxLength(256))),
  EnvironmentVariables: z.optional(z.record(z.string().check(z.regex(/^[^=\0]+$/)), text)),
  WorkingDirectory: z.optional(absolutePath),
  Disabled: z.optional(z.boolean()),
  KeepAlive: z.optional(z.boolean()),
  RunAtLoad: z.optional(z.boolean()),
  ThrottleInterval: z.optional(seconds),
  ExitTimeOut: z.optional(seconds),
  StandardOutPath: z.optional(absolutePath),
  StandardErrorPath: z.optional(absolutePath),
  UserName: z.optional(text.check(z.minLength(1))),
  MachServices: z.optional(z.unknown()),
});

type Xml = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly detail: string };

const notXml = (why: string): Xml => {
  const [line = ''] = why.split('\n');
  return { ok: false, detail: `it is not an XML property list${line === '' ? '' : `: ${line.slice(0, 120)}`}` };
};

/**
 * xmldom, by which `plist` reads, prints its complaints on the console, in the length of the file, and goes on after the
 * lesser ones. Here the first one is the reason of a refusal, and nothing is printed. The call is synchronous, so nobody
 * else's words are caught.
 */
const withoutConsole = <T>(act: () => T): { readonly value: T; readonly complaints: readonly string[] } => {
  const complaints: string[] = [];
  const { error, warn } = console;
  const note = (...words: readonly unknown[]): void => {
    complaints.push(words.map(String).join(' '));
  };
  console.error = note;
  console.warn = note;
  try {
    return { value: act(), complaints };
  } finally {
    console.error = error;
    console.warn = warn;
  }
};

/** `plist` reads other forms as well; launchd's files are XML. */
const parseXml = (bytes: Uint8Array): Xml => {
  try {
    const xml = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!xml.trimStart().startsWith('<')) return notXml('');
    const { value, complaints } = withoutConsole(() => parse(xml));
    const [complaint] = complaints;
    return complaint === undefined ? { ok: true, value } : notXml(complaint);
  } catch (error) {
    return notXml(error instanceof Error ? error.message : String(error));
  }
};

const labelOf = (value: unknown): string | null => {
  const read = z.object({ Label: z.string().check(z.regex(labelPattern)) }).safeParse(value);
  return read.success ? read.data.Label : null;
};

/** Never throws: whatever is in the file, the answer is a job or a sentence. */
export const parseSpec = (bytes: Uint8Array): ParsedSpec => {
  const xml = parseXml(bytes);
  if (!xml.ok) return { ok: false, label: null, detail: xml.detail };
  const read = shape.safeParse(xml.value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const key = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.');
    return { ok: false, label: labelOf(xml.value), detail: `${key}: ${issue?.message ?? 'not of the form it takes'}` };
  }
  const found = read.data;
  const argv = found.ProgramArguments ?? (found.Program === undefined ? [] : [found.Program]);
  const program = found.Program ?? argv[0];
  if (program === undefined || program === '')
    return { ok: false, label: found.Label, detail: 'neither Program nor ProgramArguments names what to run' };
  return {
    ok: true,
    isDisabled: found.Disabled ?? false,
    spec: {
      label: found.Label,
      program,
      argv,
      environment: found.EnvironmentVariables ?? {},
      workingDirectory: found.WorkingDirectory ?? null,
      keepAlive: found.KeepAlive ?? false,
      runAtLoad: found.RunAtLoad ?? false,
      // launchd takes 1 for a ThrottleInterval of 0.
      throttleSeconds: found.ThrottleInterval === 0 ? 1 : (found.ThrottleInterval ?? defaults.throttleSeconds),
      exitTimeoutSeconds: found.ExitTimeOut ?? defaults.exitTimeoutSeconds,
      standardOut: found.StandardOutPath ?? null,
      standardError: found.StandardErrorPath ?? null,
      userName: found.UserName ?? null,
      hasMachServices: found.MachServices !== undefined,
    },
  };
};
