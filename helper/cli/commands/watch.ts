import { type Command, type ExitCode, exit, exitCodes, usage } from '../command.ts';
import type { Verdict } from '../watch/judge.ts';
import { readWatchOptions, watchOptions } from '../watch/options.ts';
import { watch } from '../watch/run.ts';

const codes: Readonly<Record<Verdict, ExitCode>> = {
  well: exitCodes.ok,
  unproven: exitCodes.ok,
  unreachable: exitCodes.unanswered,
  refused: exitCodes.refused,
  stale: exitCodes.stale,
  no_work: exitCodes.noWork,
};

export const watchCommand: Command = {
  name: 'watch',
  summary: 'watch another machine: whether it answers, its keeper advances and a seat does its work',
  takes: 'URL',
  positionals: { min: 1, max: 1 },
  options: watchOptions,
  notes: [
    'URL is one of the addresses of extra_listen there; the token is the content of its gateway.token. Needs no keeper here.',
    'Examples:',
    '  castellan watch http://10.10.10.1:2189 --token-file ~/castellan.token --once',
    '  castellan watch http://10.10.10.1:2189 --token-file ~/castellan.token \\',
    '    --chat http://10.10.10.1:1337/v1/chat/completions --model qwen3-35b --push https://ntfy.example/mini --push-kind ntfy',
    'A chat that is asked through a proxy of Castellan’s starts the seat, as any request does.',
    'Exit codes with --once: 0 well, 3 unreachable, 4 refused (the token), 5 heartbeat stale, 6 a seat does no work.',
  ],
  run: async (parsed, io) => {
    const read = await readWatchOptions(parsed, io);
    if (!read.ok) return usage(read.message);
    const verdict = await watch(read.options, io);
    // Who watches until it is interrupted has done what it was to do; who was to look once has seen nothing.
    if (!read.options.isOnce) return exit(exitCodes.ok);
    return exit(verdict === null ? exitCodes.unanswered : codes[verdict]);
  },
};
