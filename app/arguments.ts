/**
 * What a packaged app lets itself be told by whoever starts it: nothing. Chromium takes orders in its arguments by which any
 * program of the user's could look into the app, or steer it: a debugging port or pipe, a program to run its processes with,
 * flags of its script engine. The keeper trusts the app by its signature, so its signature must not be lent out.
 */

/** Of LaunchServices up to macOS 10.8, and of some launchers to this day. */
const processSerialNumber = /^-psn_\d+_\d+$/;

/** @param argv without the program itself */
export const isSteered = (argv: readonly string[]): boolean =>
  argv.some((argument) => argument.startsWith('-') && !processSerialNumber.test(argument));
