import { totalmem } from 'node:os';
import { installConfig, whyNotInstallable } from '../../config/install.ts';
import { checkConfigBytes } from '../../config/load.ts';
import { maxConfigBytes } from '../../config/parse.ts';
import { readTrusted } from '../../config/trusted.ts';
import { errorCode, trustedOwners } from '../../config/trusted-folders.ts';
import { configPath } from '../../keeper/life/run-directory.ts';
import { type Failure, failure } from '../../protocol/errors.ts';
import { ask } from '../ask.ts';
import { type Command, exit, exitCodes, failed, type Io, type Outcome, runDirOption } from '../command.ts';
import { createDraft, type Draft } from '../config/draft.ts';
import { type Account, callerBehindSudo, runEditor } from '../config/editor.ts';
import { reload, sayProblems, sayReloaded } from '../config/reload.ts';
import { type Place, placeOf } from '../place.ts';
import { printable } from '../printable.ts';

/** What a file that is not there yet begins with. */
const blank = `# castellan.toml: what is left out has its default. Sizes are text with a unit, "8 GB"; 1 GB is 2^30 bytes.
# docs/operations.md, "Configuration", has an example with every setting; \`castellan schema config\` prints its schema.
`;

/** The file of the keeper that answers, else the one that belongs to the run directory. */
const fileOf = async (place: Place): Promise<string> => {
  const answer = await ask(place, 'read.status', {});
  return answer.ok ? answer.result.config.path : configPath(place.runDirectory);
};

type Text = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly failure: Failure };

/** The text as it stands now; a file that is not there is empty. */
const textOf = (path: string, owners: readonly number[]): Text => {
  const read = readTrusted(path, { owners, maxBytes: maxConfigBytes });
  return !read.ok && read.missing ? { ok: true, bytes: new Uint8Array() } : read;
};

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

interface Session {
  readonly place: Place;
  readonly path: string;
  readonly draft: Draft;
  /** The text that was in the file, and the text the editor began with. */
  readonly before: Uint8Array;
  readonly start: Uint8Array;
}

type Edited =
  | { readonly kind: 'text'; readonly bytes: Uint8Array }
  | { readonly kind: 'unchanged' | 'abandoned' | 'unanswered' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Null: nobody is there to answer. */
const asksToEditAgain = async (io: Io): Promise<boolean | null> => {
  for (;;) {
    const answer = await io.ask('Not installed. Edit again (e) or abandon (a)? ');
    if (answer === null) return null;
    if (/^\s*(e|edit)\s*$/i.test(answer)) return true;
    if (/^\s*(a|abandon)\s*$/i.test(answer)) return false;
  }
};

/** Edit, check, and again until the text is right or the operator has had enough. */
const editUntilRight = async ({ path, draft, start }: Session, io: Io, account: Account | null): Promise<Edited> => {
  for (;;) {
    const wrong = await runEditor(draft.path, io, account);
    if (wrong !== null) return { kind: 'failed', failure: wrong };
    const text = draft.read();
    if (!text.ok) return { kind: 'failed', failure: text.failure };
    if (same(text.bytes, start)) return { kind: 'unchanged' };
    const checked = checkConfigBytes(text.bytes, totalmem());
    if (checked.ok) {
      sayProblems(io, 'warning', path, checked.warnings);
      return { kind: 'text', bytes: text.bytes };
    }
    sayProblems(io, 'error', path, checked.problems);
    const again = await asksToEditAgain(io);
    if (again === null) return { kind: 'unanswered' };
    if (!again) return { kind: 'abandoned' };
  }
};

const load = async (place: Place, path: string, io: Io): Promise<Outcome> => {
  io.out.write(`${printable(path)}: installed.\n`);
  const answer = await reload(place);
  if (answer.ok) return exit(sayReloaded(io, answer.result));
  if (answer.failure.code !== 'not_running') {
    io.err.write('It is installed and was not loaded:\n');
    return failed(answer.failure);
  }
  io.out.write('No keeper is answering; it is loaded when one starts.\n');
  return exit(exitCodes.ok);
};

const finish = async (edited: Edited, { place, path, draft, before, start }: Session, io: Io): Promise<Outcome> => {
  const owners = trustedOwners(io.uid);
  /** What somebody has written is not thrown away because something else went wrong. */
  const keep = (why: Failure): Outcome => {
    const text = draft.read();
    const isUntouched = text.ok && same(text.bytes, start);
    if (isUntouched) draft.discard();
    io.err.write(`Nothing was changed.${isUntouched ? '' : ` Your text is in ${printable(draft.path)}`}\n`);
    return failed(why);
  };
  if (edited.kind === 'failed') return keep(edited.failure);
  if (edited.kind === 'unanswered') return keep(failure('config_invalid', 'no answer whether to edit again'));
  if (edited.kind === 'text') {
    const now = textOf(path, owners);
    if (!now.ok) return keep(now.failure);
    if (!same(now.bytes, before))
      return keep(failure('config_unwritable', `${path} was changed by someone else meanwhile`));
    const wrong = installConfig(path, edited.bytes, owners);
    if (wrong !== null) return keep(wrong);
    draft.discard();
    return load(place, path, io);
  }
  draft.discard();
  io.out.write(edited.kind === 'unchanged' ? 'Nothing was changed.\n' : 'Abandoned; nothing was changed.\n');
  return exit(edited.kind === 'unchanged' ? exitCodes.ok : exitCodes.findings);
};

export const configEditCommand: Command = {
  name: 'config edit',
  summary: 'edit castellan.toml, check it, install it and have the keeper load it',
  options: { 'run-dir': runDirOption },
  notes: [
    'For root (in development: whoever runs the keeper). Opens a private copy in $VISUAL, $EDITOR or vi, without a shell',
    'and, behind sudo, as the account that called it. With errors nothing is installed: they are shown, and you can edit',
    'again or abandon (exit code 1). Without a keeper the file is loaded when one starts.',
  ],
  run: async (parsed, io) => {
    const place = placeOf(parsed, io);
    const path = await fileOf(place);
    const owners = trustedOwners(io.uid);
    const closed = whyNotInstallable(path, owners);
    if (closed !== null) return failed(closed);
    const before = textOf(path, owners);
    if (!before.ok) return failed(before.failure);
    const account = callerBehindSudo(io);
    const start = before.bytes.length === 0 ? Buffer.from(blank) : before.bytes;
    let draft: Draft;
    try {
      draft = createDraft(start, account);
    } catch (error) {
      return failed(failure('editor_failed', `no private copy could be made: ${errorCode(error)}`));
    }
    const session: Session = { place, path, draft, before: before.bytes, start };
    return finish(await editUntilRight(session, io, account), session, io);
  },
};
