import { parseArgs } from 'node:util';

/** What a model server of the tests was told to be. Times are milliseconds; model-server.ts says what each is for. */
export interface ModelServerOptions {
  readonly host: string;
  readonly port: number;
  readonly model: string;
  readonly anonMb: number;
  readonly memfdMb: number;
  readonly loadMs: number;
  readonly listensLate: boolean;
  readonly hangs: boolean;
  readonly hangsAtChat: boolean;
  readonly isHollow: boolean;
  readonly tokens: number;
  readonly tokenMs: number;
  readonly firstMs: number;
  readonly drainMs: number | null;
  readonly isDeaf: boolean;
  readonly drainIsStuck: boolean;
  readonly exitCode: number | null;
  readonly exitAfterMs: number;
  /** So many starts end early; null: every one. */
  readonly exitTimes: number | null;
  readonly startsFile: string | null;
  readonly lifeMs: number;
  readonly withParent: boolean;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

/** Of either kind, whatever a test asks for: others use this machine, too. */
export const mostMb = 512;

const numberOf = (name: string, value: string | undefined, otherwise: number): number => {
  const number = value === undefined ? otherwise : Number(value);
  if (!Number.isFinite(number) || number < 0) throw new Error(`--${name} is a number from 0, not "${value}"`);
  return number;
};

/** Throws on an argument that is not there: a test that misspells one must not pass. */
export const parseModelServerOptions = (argv: readonly string[]): ModelServerOptions => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      host: { ...text, default: '127.0.0.1' },
      port: text,
      model: { ...text, default: 'test-model' },
      'anon-mb': text,
      'memfd-mb': text,
      'load-ms': text,
      'listen-late': flag,
      hang: flag,
      'hang-chat': flag,
      hollow: flag,
      tokens: text,
      'token-ms': text,
      'stream-ms': text,
      'first-ms': text,
      drain: text,
      deaf: flag,
      'stuck-drain': flag,
      exit: text,
      'exit-after': text,
      times: text,
      starts: text,
      life: text,
      'with-parent': flag,
    },
  });
  const number = (name: keyof typeof values, otherwise: number): number => {
    const value = values[name];
    return numberOf(name, typeof value === 'string' ? value : undefined, otherwise);
  };
  const tokenMs = number('token-ms', 2);
  const streamMs = number('stream-ms', 0);
  return {
    host: values.host,
    port: number('port', 0),
    model: values.model,
    anonMb: Math.min(number('anon-mb', 0), mostMb),
    memfdMb: Math.min(number('memfd-mb', 0), mostMb),
    loadMs: number('load-ms', 0),
    listensLate: values['listen-late'],
    hangs: values.hang,
    hangsAtChat: values['hang-chat'],
    isHollow: values.hollow,
    tokens: streamMs > 0 ? Math.ceil(streamMs / Math.max(tokenMs, 1)) : number('tokens', 20),
    tokenMs,
    firstMs: number('first-ms', 0),
    drainMs: values.drain === undefined ? null : number('drain', 0),
    isDeaf: values.deaf,
    drainIsStuck: values['stuck-drain'],
    exitCode: values.exit === undefined ? null : number('exit', 0),
    exitAfterMs: number('exit-after', 0),
    exitTimes: values.times === undefined ? null : number('times', 0),
    startsFile: values.starts ?? null,
    lifeMs: number('life', 600_000),
    withParent: values['with-parent'],
  };
};
