/**
 * Which program a command line runs. Judged by the first argument as a whole, never by what stands in further ones: an
 * editor that has `sshd.c` open is no sshd. The kernel's 16-byte name is not used, because it is cut.
 */

/** Words that the name of a program inside a bundle may have: "Google Chrome Helper (Renderer)". */
const maxWords = 5;

const inBundle = '/Contents/MacOS/';

/** What the program may be, as path or name: one, or several where blanks in a path leave it open. */
export const programsOf = (command: string): readonly string[] => {
  const blank = command.indexOf(' ');
  const first = blank < 0 ? command : command.slice(0, blank);
  // "-zsh" is a login shell; "sshd: neo [priv]" is how sshd names its children.
  const named = first.replace(/^-/, '').replace(/:$/, '');
  const bundle = command.indexOf(inBundle);
  if (blank < 0 || bundle < 0 || !isOnePath(command.slice(0, bundle))) return [named];
  // Blanks are usual in the path of an application: the name goes on after them, nobody can tell how far.
  const programs = [named];
  let end = bundle + inBundle.length;
  for (let words = 0; words < maxWords && end < command.length; words += 1) {
    const next = command.indexOf(' ', end + 1);
    // A name has no slash in it, and an option is no part of one.
    if (words > 0 && /^ -|\//.test(command.slice(end, next < 0 ? undefined : next))) break;
    end = next < 0 ? command.length : next;
    programs.push(command.slice(0, end));
  }
  return programs;
};

/** No argument begins in it: neither an option nor another absolute path. */
const isOnePath = (text: string): boolean => text.startsWith('/') && !/ [-/]/.test(text);

/** Whether it runs this program, given by name ("sshd") or by the end of its path ("Warp.app/Contents/MacOS/stable"). */
export const runs = (programs: readonly string[], program: string): boolean =>
  programs.some((path) => path === program || path.endsWith(`/${program}`));
