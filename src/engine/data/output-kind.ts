/** The kind of an output decides the unit in which outputs are compared. */
export const outputKinds = [
  'probabilities',
  'scores',
  'embedding',
  'regression',
  'map',
  'sequence',
  'boxes',
  'texts',
] as const;

/**
 * `probabilities`: one row per sample that adds up to 1. `scores`: one row per sample that a softmax makes probabilities of. `embedding`:
 * vectors whose direction counts. `regression`: numbers by themselves. `map`: a value for each place of a picture or a sound. `sequence`: a
 * distribution per step. `boxes`: the boxes, scores or classes of a detector. `texts`: strings.
 */
export type OutputKind = (typeof outputKinds)[number];

/** Kinds by the name of the output. */
export type OutputKinds = Readonly<Record<string, OutputKind>>;
