/**
 * XML of a property list of launchd (plist(5)): what is written here are strings, numbers, truths, lists of strings and
 * dictionaries of them. The keeper need not hold a library for them all its life: plist and the XML it brings are 1 MB of
 * anonymous memory, 2.8 MB until V8 has tidied up.
 */

export type PlistValue = string | boolean | number | readonly string[] | Readonly<Record<string, string>>;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const escaped = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character] ?? '');

const stringElement = (text: string): string => `<string>${escaped(text)}</string>`;

const elementsOf = (value: PlistValue): readonly string[] => {
  if (typeof value === 'string') return [stringElement(value)];
  if (typeof value === 'boolean') return [`<${value}/>`];
  if (typeof value === 'number') return [`<integer>${value}</integer>`];
  if (isList(value)) return ['<array>', ...value.map((each) => `  ${stringElement(each)}`), '</array>'];
  const pairs = Object.entries(value).flatMap(([key, text]) => [`<key>${escaped(key)}</key>`, stringElement(text)]);
  return ['<dict>', ...pairs.map((line) => `  ${line}`), '</dict>'];
};

/** Array.isArray forgets that a list may be readonly. */
const isList = (value: readonly string[] | Readonly<Record<string, string>>): value is readonly string[] =>
  Array.isArray(value);

/**
 * @param note a comment before the list, without two dashes in a row
 * @param list without control characters, numbers whole: what castellan.toml is checked for
 */
export const plistText = (note: string, list: Readonly<Record<string, PlistValue>>): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<!--\n  ${note}\n-->`,
    '<plist version="1.0">',
    '  <dict>',
    ...Object.entries(list).flatMap(([key, value]) =>
      [`<key>${escaped(key)}</key>`, ...elementsOf(value)].map((line) => `    ${line}`),
    ),
    '  </dict>',
    '</plist>',
    '',
  ].join('\n');
