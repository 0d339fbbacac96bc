/** Reads HTTP/1.1 answers strictly: what is not exactly one is a problem, not something to make sense of. */

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly bodyBytes: number;
}

export interface Answers {
  readonly answers: readonly Answer[];
  /** What is wrong with the bytes; null: each is part of a well-formed answer. */
  readonly problem: string | null;
}

const statusLine = /^HTTP\/1\.1 (\d{3}) [\x20-\x7e]*$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x20-\x7e\t]*)$/;

interface Read {
  readonly answer: Answer;
  readonly end: number;
}

const cut = 'the answer is cut short';

/** The body's end; a string says what is wrong. `from` is behind the head. */
const bodyEnd = (bytes: Buffer, from: number, status: number, headers: Answer['headers']): number | string => {
  if (status < 200 || status === 204 || status === 304) return from;
  const length = headers.get('content-length');
  const encoding = headers.get('transfer-encoding');
  if (length !== undefined && encoding !== undefined) return 'it has a length and a transfer encoding';
  if (length !== undefined) {
    if (!/^\d+$/.test(length)) return `its length is "${length}"`;
    return from + Number(length) > bytes.length ? cut : from + Number(length);
  }
  if (encoding === undefined)
    return headers.get('connection') === 'close' ? bytes.length : 'nobody can tell its length';
  if (encoding !== 'chunked') return `its transfer encoding is "${encoding}"`;
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return cut;
    const size = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-fA-F]{1,8}$/.test(size)) return `a chunk's size is "${size.slice(0, 20)}"`;
    at = lineEnd + 2 + Number.parseInt(size, 16) + 2;
    if (at > bytes.length) return cut;
    if (size === '0') return at;
  }
};

const readOne = (bytes: Buffer, from: number, isHead: boolean): Read | string => {
  const headEnd = bytes.indexOf('\r\n\r\n', from, 'latin1');
  if (headEnd < 0) return `no end of its head: ${JSON.stringify(bytes.toString('latin1', from, from + 80))}`;
  const [first = '', ...lines] = bytes.toString('latin1', from, headEnd).split('\r\n');
  const status = Number(statusLine.exec(first)?.[1] ?? Number.NaN);
  if (!(status >= 100 && status < 600)) return `its first line is ${JSON.stringify(first.slice(0, 80))}`;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = headerLine.exec(line) ?? [];
    if (name === '') return `it has the line ${JSON.stringify(line.slice(0, 80))}`;
    const key = name.toLowerCase();
    if (headers.has(key) && key !== 'vary') return `it has ${key} twice`;
    headers.set(key, value.trim().toLowerCase());
  }
  const start = headEnd + 4;
  const end = isHead ? start : bodyEnd(bytes, start, status, headers);
  return typeof end === 'string' ? end : { answer: { status, headers, bodyBytes: end - start }, end };
};

/** `isHead`: the first final answer has no body, whatever its length says. */
export const readAnswers = (bytes: Buffer, isHead = false): Answers => {
  const answers: Answer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const isFirst = answers.every(({ status }) => status < 200);
    const read = readOne(bytes, at, isHead && isFirst);
    if (typeof read === 'string') return { answers, problem: `answer ${answers.length + 1}: ${read}` };
    answers.push(read.answer);
    at = read.end;
  }
  return { answers, problem: null };
};
