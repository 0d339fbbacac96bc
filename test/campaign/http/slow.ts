import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange } from './exchange.ts';
import { readAnswers } from './response.ts';
import { hostOf, requestOf, type Target } from './target.ts';

/**
 * Clients that never come to an end: they say nothing, a letter of a header now and then, or of a body. While so many of
 * each hang on, others must be answered, and each of them must be shown out in the end.
 */
const ofEach = 20;
const dripMs = 200;
/** Only tells a hang: a header may take 5 s, a request 10, and that is looked at now and then. */
const mostMs = 40_000;

interface Drip {
  readonly name: string;
  readonly first: string;
  readonly more: string;
}

const dripsOf = (target: Target): readonly Drip[] => {
  const host = `Host: ${hostOf(target)}`;
  const head = `POST /admit/preview HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\n`;
  return [
    { name: 'silent', first: '', more: '' },
    {
      name: 'a header, letter by letter',
      first: `POST /ensure-loaded/${target.cold} HTTP/1.1\r\n${host}\r\nX: `,
      more: 'a',
    },
    {
      name: 'headers, one by one',
      first: `POST /ensure-loaded/${target.cold} HTTP/1.1\r\n${host}\r\n`,
      more: 'X: y\r\n',
    },
    { name: 'the method, letter by letter', first: 'GE', more: 'T' },
    { name: 'a body, letter by letter', first: `${head}Content-Length: 1000\r\n\r\n`, more: ' ' },
    { name: 'chunks, one by one', first: `${head}Transfer-Encoding: chunked\r\n\r\n`, more: '1\r\n \r\n' },
  ];
};

/** Resolves to what is wrong; null: it was shown out, with an answer that is one or without. */
const drip = ({ port }: Target, { name, first, more }: Drip): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const done = (problem: string | null): void => {
      clearInterval(dripping);
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    const dripping = setInterval(() => {
      if (more !== '' && socket.writable) socket.write(more);
    }, dripMs);
    const timer = setTimeout(() => done(`${name}: still connected after ${mostMs / 1000} s`), mostMs);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', () => {
      const { answers, problem } = readAnswers(Buffer.concat(chunks));
      const status = answers.find((each) => each.status < 400 || each.status >= 500)?.status;
      if (problem !== null) done(`${name}: ${problem}`);
      else done(status === undefined ? null : `${name}: was answered ${status}`);
    });
    socket.on('connect', () => socket.write(first));
  });

export interface Slow {
  /** Resolves when the last has been shown out; what is wrong. */
  readonly problems: readonly string[];
  readonly connections: number;
  /** Longest time a client beside them waited for its answer, milliseconds. */
  readonly worstMs: number;
}

export const hangOn = async (target: Target): Promise<Slow> => {
  const drips = dripsOf(target).flatMap((each) => Array.from({ length: ofEach }, () => each));
  let isOver = false;
  let worstMs = 0;
  const problems = new Set<string>();
  const beside = (async () => {
    while (!isOver) {
      const { received, ms } = await exchange(target.port, Buffer.from(requestOf(target, 'GET', '/healthz')));
      worstMs = Math.max(worstMs, ms);
      const status = readAnswers(received).answers[0]?.status;
      if (status !== 200) problems.add(`beside slow clients /healthz was answered ${status ?? 'not at all'}`);
      await sleep(250);
    }
  })();
  for (const problem of await Promise.all(drips.map((each) => drip(target, each))))
    if (problem !== null) problems.add(problem);
  isOver = true;
  await beside;
  return { problems: [...problems], connections: drips.length, worstMs };
};
