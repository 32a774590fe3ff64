import type { GlossaryTerm } from '../../glossary';
import { Term } from './Term';
import { termsOfLabels } from './terms-of-labels';

/** The label of a fact or a tile; one that is a term of the glossary, or is about one, explains itself. */
export function ExplainedLabel({ text }: { readonly text: string }) {
  const term: GlossaryTerm | undefined = termsOfLabels[text];
  return term === undefined ? text : <Term name={term}>{text}</Term>;
}
