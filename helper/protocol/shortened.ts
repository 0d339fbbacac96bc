/** At most so many characters (UTF-16 units); what is cut ends in an ellipsis, and no character is cut in two. */
export const shortened = (text: string, characters: number): string => {
  if (text.length <= characters) return text;
  if (characters < 1) return '';
  const kept = text.slice(0, characters - 1);
  const last = kept.charCodeAt(kept.length - 1);
  return `${last >= 0xd800 && last <= 0xdbff ? kept.slice(0, -1) : kept}…`;
};
