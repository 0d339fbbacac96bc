/**
 * Names and command lines come from programs that may be hostile: newlines that forge log rows, escape sequences that
 * repaint a terminal, direction marks that reorder what an operator approves. What leaves a host is one plain line.
 */

/** Spaces of all kinds that would break a line. */
const breaks = /[\t\n\v\f\r\u2028\u2029]/gu;
/** Control and format characters (C0, DEL, C1, zero-width, direction marks and overrides), lone surrogates. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Longest name and command line that leave a host, in UTF-16 units. */
export const maxName = 64;
export const maxCommand = 4096;

const cut = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? most - 1 : most);
};

/** One line without control characters, at most `most` UTF-16 units; breaks become spaces, the rest U+FFFD. */
export const cleanText = (text: string, most: number): string =>
  cut(
    cut(text, 4 * most)
      .replace(breaks, ' ')
      .replace(hidden, '\ufffd'),
    most,
  );

/** A short name from raw bytes; invalid UTF-8 becomes U+FFFD. */
export const cleanName = (bytes: Uint8Array): string => cleanText(decoder.decode(bytes), maxName);

/** A command line from the NUL-separated bytes of an argument vector. Empty when there is none. */
export const cleanCommand = (bytes: Uint8Array): string => {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  const text = decoder.decode(bytes.subarray(0, end)).replaceAll('\0', ' ');
  return cleanText(text, maxCommand).trim();
};
