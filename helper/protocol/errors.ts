/**
 * One table of coded errors. Each code has the sentence an operator reads and what to do next.
 * `docs/operations.md` has a row for each; a test compares the two.
 */
export const errorTable = {
  bad_frame: {
    message: 'The other side sent bytes that are not a Castellan frame.',
    todo: 'Check that nothing else uses this socket; update the app and the helper to the same version.',
  },
  frame_too_large: {
    message: 'A frame is larger than allowed (64 KiB to the keeper, 1 MiB from it).',
    todo: 'Ask for less at once: fewer columns or a shorter range.',
  },
  bad_json: {
    message: 'A frame is not valid JSON, is nested deeper than 16 levels, or names a forbidden key.',
    todo: 'Update the app and the helper to the same version.',
  },
  handshake_failed: {
    message: 'The handshake did not complete: the nonce was wrong, late or missing.',
    todo: 'Connect again; if it happens every time, update the app and the helper to the same version.',
  },
  client_too_old: {
    message: 'This client speaks an older protocol than the keeper accepts.',
    todo: 'Update the app or the command line tool.',
  },
  client_too_new: {
    message: 'This client speaks a newer protocol than the keeper knows.',
    todo: 'Update the helper: install the newest package.',
  },
  client_untrusted: {
    message: 'The keeper takes requests only from the Castellan app and command line tool as they were signed.',
    todo: 'Use those that were installed. After an update, quit the app and open it again.',
  },
  unknown_verb: {
    message: 'The keeper does not know this verb.',
    todo: 'Update the helper, or run `castellan --help` for the verbs of this version.',
  },
  bad_arguments: {
    message: 'The arguments of this verb are not of the form it takes.',
    todo: 'Run `castellan COMMAND --help` for the arguments.',
  },
  not_allowed: {
    message: 'Your account may not use this verb.',
    todo: 'Log in at the console of this machine, or use sudo.',
  },
  only_on_sim: {
    message: 'This verb exists only on the simulated machine.',
    todo: 'Start the keeper with `--host sim`.',
  },
  too_many_connections: {
    message: 'Your account has all its connections to the keeper in use.',
    todo: 'Close another Castellan window or `castellan --watch`, then try again.',
  },
  rate_limited: {
    message: 'Too many requests in one second.',
    todo: 'Wait a second and try again.',
  },
  idle_timeout: {
    message: 'The connection was closed because nothing was asked for five minutes.',
    todo: 'Connect again.',
  },
  too_slow: {
    message: 'The connection was closed because its reader did not keep up.',
    todo: 'Connect again; the current state is sent afresh.',
  },
  shutting_down: {
    message: 'The keeper is stopping.',
    todo: 'Wait until it has been started again.',
  },
  not_ready: {
    message: 'The keeper has just started and has not read the machine yet.',
    todo: 'Ask again in a moment.',
  },
  internal: {
    message: 'The keeper could not answer because of a fault of its own.',
    todo: 'Run `castellan doctor` and look at the keeper log.',
  },
  not_running: {
    message: 'No keeper is answering.',
    todo: 'Start it with `npm start` from a checkout, or see `castellan doctor` on an installed machine.',
  },
  untrusted_server: {
    message: 'The keeper socket, or a folder above it, could have been put there by someone else.',
    todo: 'Do not use it. Look at the owner and mode that are named and remove what is not yours.',
  },
  answer_timeout: {
    message: 'The keeper did not answer in time.',
    todo: 'Run `castellan doctor`; if the heartbeat is old the keeper hangs and will be restarted.',
  },
  bad_answer: {
    message: 'The keeper answered in a form this client does not know.',
    todo: 'Update the app and the helper to the same version.',
  },
  connection_lost: {
    message: 'The connection to the keeper was lost.',
    todo: 'It is tried again by itself; run `castellan doctor` if it stays away.',
  },
  socket_path_too_long: {
    message: 'The run directory is too deep: a socket path may have 103 bytes.',
    todo: 'Choose a shorter folder with `--run-dir`.',
  },
  already_running: {
    message: 'Another keeper already uses this run directory.',
    todo: 'Use that one, or stop it, or choose another folder with `--run-dir`.',
  },
  peer_unknown: {
    message: 'The keeper cannot tell who connects to its socket, and therefore does not listen.',
    todo: 'Run the keeper with the Node it was built for; report this if it does.',
  },
  untrusted_path: {
    message: 'A folder or file that only its owner may change can be changed by others, or is a link.',
    todo: 'Correct the owner and mode that are named, or choose another folder.',
  },
  run_directory_failed: {
    message: 'The run directory cannot be made or used.',
    todo: 'Look at the path and the reason that are named, or choose another folder with `--run-dir`.',
  },
  config_invalid: {
    message: 'castellan.toml has errors.',
    todo: 'Correct the lines that are named; `castellan config check` tests the file without loading it.',
  },
  config_unreadable: {
    message: 'castellan.toml could not be read.',
    todo: 'Check that the file exists and that its owner and mode are right.',
  },
  config_unwritable: {
    message: 'castellan.toml could not be written.',
    todo: 'Use sudo where the folder belongs to root; otherwise look at the path and the reason that are named.',
  },
  editor_failed: {
    message: 'The editor could not be run, or ended with an error.',
    todo: 'Set VISUAL or EDITOR to an editor that waits until the file is closed, then try again.',
  },
  no_push_target: {
    message: 'castellan.toml names nobody to send alerts to.',
    todo: 'Add a table [[alerts.push]] with `castellan config edit`, then try again.',
  },
  approval_unknown: {
    message: 'There is no such proposal.',
    todo: 'List what waits with `castellan pending`.',
  },
  approval_expired: {
    message: 'The proposal has expired; nothing was done.',
    todo: 'While its cause lasts it is proposed again: see `castellan pending`.',
  },
  approval_used: {
    message: 'This proposal was already answered; nothing was done again.',
    todo: 'See `castellan log` for what came of it.',
  },
  approval_withdrawn: {
    message: 'Withdrawn, nothing was done: the cause of the proposal is gone.',
    todo: 'Nothing needs doing.',
  },
  approval_changed: {
    message: 'Withdrawn, nothing was done: the target is not what was shown any more.',
    todo: 'Look at the new proposal, if there is one, with `castellan pending`.',
  },
  approval_refused: {
    message: 'The approval does not belong to this proposal.',
    todo: 'Fetch the proposal again and approve what it shows.',
  },
  confirmation_needed: {
    message: 'This cannot be undone and needs a second confirmation.',
    todo: 'Confirm in the popover, or approve again with `--confirm`.',
  },
  only_dry_run: {
    message: 'This is a dry run: relief is only shown, and nothing of it is carried out.',
    todo: 'Go live with `castellan relief live` once the gate is open, or set `relief.mode = "live"` in castellan.toml.',
  },
  forced_dry_run: {
    message: 'CASTELLAN_DRY_RUN is set where the keeper was started: relief is only shown, and nothing can go live.',
    todo: 'Start the keeper without CASTELLAN_DRY_RUN.',
  },
  observing_only: {
    message: 'The keeper only observes now, so nothing is carried out.',
    todo: 'Run `castellan status` for the reasons and remove them.',
  },
  gate_closed: {
    message: 'Going live needs six hours of dry run with working sensors and no plan marked as wrong.',
    todo: 'Wait for the time that is named, or set `relief.mode = "live"` in castellan.toml as root.',
  },
  deadman_missing: {
    message: 'The deadman does not answer, so nothing may be frozen.',
    todo: 'Start it (`castellan deadman`); `castellan doctor` tells whether it is there.',
  },
  plan_unknown: {
    message: 'There is no such plan.',
    todo: 'See `castellan log --kind plan` for their numbers.',
  },
  not_frozen: {
    message: 'Nothing like that is frozen.',
    todo: 'See `castellan status` for what is.',
  },
  not_shed: {
    message: 'That service has not been shed by Castellan.',
    todo: 'See `castellan status` for what has been.',
  },
  no_fallback: {
    message: 'castellan.toml names no service that stands in for this seat.',
    todo: 'Set `fallback` of the seat in castellan.toml to the label of one.',
  },
  fallback_refused: {
    message: 'The service that stands in for this seat is not started now.',
    todo: 'It runs only when nothing of the seat is left and its port is free: end or recover the seat first.',
  },
  act_failed: {
    message: 'It was tried and did not work.',
    todo: 'See `castellan log` for what happened, and `castellan status` for what is so now.',
  },
  no_leak: {
    message: 'No wired memory is missing.',
    todo: 'Nothing needs doing.',
  },
  pattern_invalid: {
    message: 'The pattern is not a regular expression of the RE2 kind.',
    todo: 'RE2 has no look-around and no back-references; see https://github.com/google/re2/wiki/Syntax.',
  },
  scenario_invalid: {
    message: 'The file is not a scenario or journal that can be replayed.',
    todo: 'Correct what is named; `castellan schema scenario` prints the form.',
  },
  report_invalid: {
    message: 'The file is not a report of macOS about memory or a panic.',
    todo: 'Give a JetsamEvent-*.ips, panic-full-* or panic-base+socd-* file; `castellan incidents` lists those there are.',
  },
  report_unreadable: {
    message: 'A report, or the folder of reports, could not be read.',
    todo: 'Look at the path and the reason that are named; an administrator of the Mac may read the reports without sudo.',
  },
  unknown_seat: {
    message: 'There is no seat of that name.',
    todo: 'See `castellan services` for the seats there are.',
  },
  seat_protected: {
    message: 'A protected seat is not unloaded.',
    todo: 'End it by its service if it must go; admission keeps its memory free for it all the same.',
  },
  gateway_missing: {
    message: 'The gateway does not answer, so nobody can ask this seat whether it is ready.',
    todo: 'Start it (`castellan gateway`), or give the seat a `probe_cmd`; `castellan doctor` tells whether it is there.',
  },
  too_many_waiting: {
    message: 'Sixteen requests already wait for memory.',
    todo: 'Ask again later, or without waiting.',
  },
  port_taken: {
    message: 'Another program listens at this address already.',
    todo: 'End the one that is named, or give another address in castellan.toml.',
  },
  audit_unwritable: {
    message: 'The audit log could not be written.',
    todo: 'Make room on the disk that holds the state folder, and check the owner and mode of audit.jsonl.',
  },
  only_on_mac: {
    message: 'This command is for macOS: elsewhere nothing of launchd is there to install into.',
    todo: 'Run Castellan from a checkout with `npm start`.',
  },
  needs_root: {
    message: 'This changes what belongs to root, and you are not root.',
    todo: 'Run it again with `sudo`; `--dry-run` shows beforehand what it would do.',
  },
  in_build_tree: {
    message: 'The program lies where a build may take it away, so launchd is not told to start it from there.',
    todo: 'Copy it to a folder of root, for example /usr/local/libexec/castellan, and run it from there.',
  },
  install_failed: {
    message: 'The installation did not succeed; what had been done was undone again.',
    todo: 'Look at the step that is named; `castellan doctor` and /var/log/com.sanctum.castellan.log say more.',
  },
  uninstall_failed: {
    message: 'Castellan is not removed entirely.',
    todo: 'Look at what is named, and run `castellan uninstall` again: it goes on where it stopped.',
  },
  cutover_refused: {
    message: 'It was not begun, and nothing was changed.',
    todo: 'Remove what is named, then run it again; `--dry-run` shows what it would do.',
  },
  cutover_undone: {
    message: 'A step of the cutover failed; everything was undone, and the old services run as before.',
    todo: 'Remove what is named, then run it again.',
  },
  cutover_stuck: {
    message: 'A step of the cutover failed, and not everything could be undone.',
    todo: 'Run `sudo castellan rollback`, which goes on where it stopped; the backups are in ~/.sanctum/backups.',
  },
  rollback_incomplete: {
    message: 'Not everything could be undone.',
    todo: 'Remove what is named, then run `sudo castellan rollback` again; the backups are in ~/.sanctum/backups.',
  },
} as const satisfies Readonly<Record<string, { readonly message: string; readonly todo: string }>>;

export type ErrorCode = keyof typeof errorTable;

export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorTable, code);

/** An expected failure on its way to a person: code, sentence, what to do, and the particulars of this case. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly todo: string;
  /** Particulars: a path, a line, a verb. Empty when there are none. */
  readonly detail: string;
}

export const failure = (code: ErrorCode, detail = ''): Failure => ({ code, ...errorTable[code], detail });

/** What went wrong in words, where the particular belongs into the sentence instead of behind it. */
const saidOf = ({ code, message, detail }: Failure): string => {
  if (detail === '') return message;
  return code === 'unknown_seat' ? `There is no seat named ${detail}.` : `${message} (${detail})`;
};

/** `code: message (detail) What to do.` on one line, for terminals and logs. */
export const failureText = (f: Failure): string => `${f.code}: ${saidOf(f)} ${f.todo}`;
