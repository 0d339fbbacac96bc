/**
 * What could steer a terminal or reorder what is read: control and format characters, bidirectional marks, line separators, lone
 * surrogates.
 */
export const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
