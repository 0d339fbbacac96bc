import { codeParts } from '../data/screens/screen.ts';

/** A sentence in which parts between backticks are code. */
export const WithCode = ({ text }: { readonly text: string }) => (
  <>{codeParts(text).map((part) => (part.code ? <code key={part.text}>{part.text}</code> : part.text))}</>
);
