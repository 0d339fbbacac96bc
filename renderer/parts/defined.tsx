import type { ComponentChildren } from 'preact';
import { definitionId, definitions, type Figure } from '../data/definitions.ts';

interface Props {
  readonly of: Figure;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A figure, or the name of a column of figures, with what it means. */
export const Defined = ({ of, class: name, children }: Props) => (
  <span
    class={name === undefined ? 'defined' : `defined ${name}`}
    title={definitions[of]}
    aria-describedby={definitionId(of)}
  >
    {children}
  </span>
);

/** Once a page: the texts that `Defined` points to, also to be read as a glossary. */
export const Definitions = () => (
  <section class="unseen" aria-label="Definitions">
    {(Object.keys(definitions) as readonly Figure[]).map((figure) => (
      <p key={figure} id={definitionId(figure)}>
        {definitions[figure]}
      </p>
    ))}
  </section>
);
