import type { GlossaryTerm } from '../../../engine/glossary';
import { Term } from './Term';
import { captionTerms } from './caption-terms';

/** The caption of a fact or a tile; one that is a term of the glossary, or is about one, explains itself. */
export function ExplainedCaption({ text }: { readonly text: string }) {
  const term: GlossaryTerm | undefined = captionTerms[text];
  return term === undefined ? text : <Term name={term}>{text}</Term>;
}
