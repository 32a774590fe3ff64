import type { GlossaryTerm } from '../../../engine/glossary';
import { Term } from './Term';

/** Captions of facts and tiles that a term of the glossary explains. */
export const captionTerms: Readonly<Record<string, GlossaryTerm>> = {
  '95 % interval': 'Interval',
  'After gzip': 'Gzip',
  'Bytes moved': 'Bytes moved',
  FLOPs: 'FLOPs',
  MACs: 'MACs',
  Mapping: 'Mapping',
  Opset: 'Opset',
  'Output match': 'Output match',
  'Peak activations': 'Peak activations',
  p95: 'p95',
  p99: 'p99',
  Parameters: 'Parameters',
  Placement: 'Placement',
  Provider: 'Execution provider',
  Samples: 'Sample',
  SQNR: 'SQNR',
  Tensor: 'Tensor',
  Weights: 'Weight',
};

/** The caption of a fact or a tile; one that is a term of the glossary, or is about one, explains itself. */
export function ExplainedCaption({ text }: { readonly text: string }) {
  const term: GlossaryTerm | undefined = captionTerms[text];
  return term === undefined ? text : <Term name={term}>{text}</Term>;
}
