import type { GlossaryTerm } from '../../../engine/glossary';

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
