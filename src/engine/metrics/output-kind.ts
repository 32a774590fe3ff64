/** Decides the kind of an output from the graph, its values, the data and the user's choice. */
import type { DatasetDescription } from '../data/dataset';
import type { BoxLayout, DataMapping, EvaluationTask } from '../data/mapping/mapping';
import type { OutputKind, OutputKinds } from '../data/output-kind';
import type { Feeds } from '../data/feeds';
import { floatTypes, tensorNumbers, type Numbers } from '../data/tensor-numbers';
import { formatCount } from '../format';
import { ownValue } from '../own-value';

/**
 * The way a graph computes an output, apart from operators that only change shape, type or scale. `analysis/output-endings.ts` finds it.
 */
export interface OutputEnding {
  /** The last operator that does more. */
  readonly op: string;
  readonly form:
    | 'softmax'
    | 'log-softmax'
    | 'sigmoid'
    | 'unit-length'
    | 'pooled'
    | 'linear'
    | 'convolution'
    | 'normalization'
    | 'classifier'
    | 'regressor'
    | 'other';
  /** The axis of a softmax, if the file states it. */
  readonly axis?: number;
}

/** Known facts about the outputs of a model, apart from their values. */
export interface OutputEvidence {
  /** Endings by the name of the output. */
  readonly endings?: Readonly<Record<string, OutputEnding>>;
  /** The kinds that the user gives. */
  readonly chosen?: OutputKinds;
  /** The task by which labels evaluate. */
  readonly task?: EvaluationTask;
  /** The number of classes of the labels, if they are classes. */
  readonly classes?: number;
  /** Facts about the boxes of a detector that the user gives. */
  readonly boxes?: Partial<BoxLayout>;
}

export type DataEvidence = Omit<OutputEvidence, 'endings'>;

/** Collects the facts about outputs that the data and its mapping give. */
export function evidenceOfData(
  { outputs, labels, task, boxes }: Pick<DataMapping, 'outputs' | 'labels' | 'task' | 'boxes'>,
  { fields }: Pick<DatasetDescription, 'fields'>,
): DataEvidence {
  const field =
    labels !== null && fields.find(({ name, kind }) => ('array' in labels ? name === labels.array : kind === 'class'));
  const classes = labels?.classes?.length ?? (field ? field.classes?.length : undefined);
  return {
    ...(outputs && { chosen: outputs }),
    ...(task && { task }),
    ...(classes !== undefined && { classes }),
    ...(boxes && { boxes }),
  };
}

/** Collects the endings by the name of each output from an inspection. */
export function endingsOf(
  outputs: readonly { readonly name: string; readonly ending?: OutputEnding }[],
): NonNullable<OutputEvidence['endings']> {
  return Object.fromEntries(
    outputs.flatMap(({ name, ending }) => (ending === undefined ? [] : [[name, ending] as const])),
  );
}

export interface KindDecision {
  readonly kind: OutputKind;
  /** A clause: `its rows add up to 1`. */
  readonly reason: string;
}

export interface ObservedOutput {
  readonly name: string;
  /** Type as in `FeedTensor`. */
  readonly dtype: string;
  readonly dims: readonly number[];
  /** Absent: only the graph is known. */
  readonly values?: Numbers;
}

/** The outputs of a run with their values. */
export function observedOutputs(outputs: Feeds): readonly ObservedOutput[] {
  return Object.entries(outputs).map(([name, tensor]) => {
    const { dtype, dims } = tensor;
    return { name, dtype, dims, values: tensorNumbers(tensor) };
  });
}

/** Names for users, after “compared as”. */
export const kindNames: Readonly<Record<OutputKind, string>> = {
  probabilities: 'class probabilities',
  scores: 'class scores',
  embedding: 'an embedding',
  regression: 'numbers',
  map: 'a map',
  sequence: 'a sequence of classes',
  boxes: 'boxes',
  texts: 'texts',
};

/** More columns are no classes. */
const mostClasses = 100_000;
/** Rows of probabilities in float16 add up to 1 within this, and so do the squares of a vector of unit length. */
const sumTolerance = 5e-3;
/** Narrower vectors are rarely embeddings. */
const leastEmbedding = 64;
/** Widths of embeddings are multiples of it: 128, 384, 768. Counts of classes rarely are: 100, 365, 1000, 21843. */
const embeddingStep = 64;
/** Fewer rows or columns are boxes or channels rather than places. */
const leastMapSide = 32;

/** Names that exporters give. They decide only where operators and values leave it open. */
const nameHints: readonly (readonly [RegExp, 'classes' | 'vectors' | 'numbers'])[] = [
  [/box|coord|landmark|keypoint|regress|offset|angle|depth/i, 'numbers'],
  [/logit|prob|class|score|label/i, 'classes'],
  [/embed|feature|pooler|hidden|vector|descriptor|latent|repr/i, 'vectors'],
];

/**
 * Decides the kind of an output, with the reason. The user's choice comes first, then labels. Operators and values that
 * are certain follow (Softmax, unit length). Last come the shape with the last operator, and the name.
 *
 * @param output `dims` with the batch axis first; sizes that are not known are 0.
 */
export function decideKind(output: ObservedOutput, evidence: OutputEvidence = {}): KindDecision {
  const { name, dtype } = output;
  if (dtype === 'string') return { kind: 'texts', reason: 'it contains texts' };
  if (!floatTypes.has(dtype)) return { kind: 'regression', reason: 'it contains integers' };
  const chosen = ownValue(evidence.chosen ?? {}, name);
  if (chosen !== undefined && chosen !== 'texts') return { kind: chosen, reason: 'you set it' };
  const ending = ownValue(evidence.endings ?? {}, name);
  const seen: Seen = { ...output, dims: withoutPlaces(output.dims), ending, hint: hintOf(name) };
  return byData(seen, evidence) ?? byCertainSigns(seen) ?? byGrid(seen) ?? byShape(seen);
}

interface Seen extends ObservedOutput {
  readonly ending: OutputEnding | undefined;
  readonly hint: 'classes' | 'vectors' | 'numbers' | undefined;
}

/** `[1, 1000, 1, 1]` holds one number per class, as `[1, 1000]`. */
function withoutPlaces(dims: readonly number[]): readonly number[] {
  const isPlain = dims.length === 4 && dims[2] === 1 && dims[3] === 1;
  return isPlain ? dims.slice(0, 2) : dims;
}

function hintOf(name: string): Seen['hint'] {
  return nameHints.find(([pattern]) => pattern.test(name))?.[1];
}

function byData(seen: Seen, { task, classes }: OutputEvidence): KindDecision | undefined {
  const { name, dims } = seen;
  const width = dims.at(-1) ?? 0;
  const isEvaluated = task !== undefined && task.kind !== 'match' && task.output === name;
  if (isEvaluated && task.kind === 'detection') return { kind: 'boxes', reason: 'its labels are boxes' };
  if (isEvaluated && task.kind === 'transcription') return { kind: 'sequence', reason: 'it spells a text' };
  if (isEvaluated && task.kind === 'retrieval') return { kind: 'embedding', reason: 'its neighbors are evaluated' };
  if (isEvaluated && task.kind === 'next-token') return { kind: 'sequence', reason: 'it predicts the next token' };
  if (isEvaluated && task.kind === 'regression') return { kind: 'regression', reason: 'its labels are numbers' };
  if (dims.length !== 2 || width < 2) return undefined;
  if (isEvaluated) return { kind: rowKind(seen), reason: 'its labels are classes' };
  if (classes !== width) return undefined;
  return { kind: rowKind(seen), reason: `the data has ${formatCount(classes)} classes, one for each column` };
}

/** Decides the kind of an output with one row of classes per sample. */
function rowKind({ ending, values, dims }: Seen): OutputKind {
  return ending?.form === 'softmax' || addUpToOne(values, dims.at(-1)!) ? 'probabilities' : 'scores';
}

function byCertainSigns(seen: Seen): KindDecision | undefined {
  const { ending, dims, values } = seen;
  const { length: rank } = dims;
  const width = dims.at(-1) ?? 0;
  if (ending?.form === 'regressor') return { kind: 'regression', reason: `${ending.op} computes it` };
  if (rank >= 4) return { kind: 'map', reason: `it has ${rank} dimensions, as in maps and masks` };
  if (rank < 2 || width < 2 || width > mostClasses) return undefined;
  const isSteps = rank === 3;
  if (ending?.form === 'softmax' || ending?.form === 'log-softmax') {
    if (isSteps && (ending.axis === 1 || ending.axis === -2)) return { kind: 'map', reason: softmaxReason(ending) };
    const kind = isSteps ? 'sequence' : ending.form === 'softmax' ? 'probabilities' : 'scores';
    return { kind, reason: softmaxReason(ending) };
  }
  if (addUpToOne(values, width)) {
    return { kind: isSteps ? 'sequence' : 'probabilities', reason: 'its rows add up to 1' };
  }
  if (ending?.form === 'unit-length') return { kind: 'embedding', reason: 'the graph scales its vectors to length 1' };
  if (ending?.form === 'classifier') return { kind: 'scores', reason: `${ending.op} computes it` };
  const isLong = width >= leastEmbedding && values !== undefined;
  return isLong && haveUnitLength(values, width)
    ? { kind: 'embedding', reason: 'its vectors have length 1' }
    : undefined;
}

function softmaxReason({ op }: OutputEnding): string {
  return op.endsWith('oftmax') ? `it ends in ${op}` : 'it ends in a softmax';
}

/**
 * Cells of a grid that have boxes: 21 for each 32 × 32 pixels, at strides of 8, 16 and 32. The smallest grid is that of a picture of
 * 160 × 160. Fewer cells are other sequences.
 */
export const boxesOfGrid = { fewest: 500, step: 21 } as const;

/** Boxes and scores that a graph joins at its end, as YOLO does. Values decide once they are there (`findBoxes`). */
function byGrid({ dims, ending, values }: Seen): KindDecision | undefined {
  if (values !== undefined || dims.length !== 3 || ending?.op !== 'Concat') return undefined;
  // The number of boxes follows the size of the picture, which is open.
  if (dims[2] === 0 && dims[1]! >= 5 && dims[1]! < boxesOfGrid.fewest)
    return { kind: 'boxes', reason: `it has ${formatCount(dims[1]!)} numbers for each box` };
  const [numbers, boxes] = [Math.min(dims[1]!, dims[2]!), Math.max(dims[1]!, dims[2]!)];
  if (numbers < 5 || boxes < boxesOfGrid.fewest || boxes % boxesOfGrid.step !== 0) return undefined;
  return { kind: 'boxes', reason: `it has ${formatCount(numbers)} numbers for each of ${formatCount(boxes)} boxes` };
}

function byShape(seen: Seen): KindDecision {
  const { dims } = seen;
  const width = dims.at(-1) ?? 0;
  if (dims.length < 2) return { kind: 'regression', reason: 'it has one dimension' };
  if (width === 0) return { kind: 'regression', reason: 'its size is known only at run time' };
  if (width > mostClasses) return { kind: 'regression', reason: 'its rows are too long for classes' };
  return dims.length === 2 ? bySamples(seen, width) : bySteps(seen, width);
}

/** Decides the kind of an output of `[samples, width]`. */
function bySamples({ ending, hint, name }: Seen, width: number): KindDecision {
  const gives = `${ending?.op ?? 'it'} has ${formatCount(width)} numbers per sample`;
  const named = `its name is “${name}”`;
  if (width === 1) return { kind: 'regression', reason: 'it has one number per sample' };
  if (hint === 'numbers') return { kind: 'regression', reason: named };
  if (hint === 'vectors') return { kind: 'embedding', reason: named };
  const isLikeClassifier = ending === undefined || /^(linear|convolution|sigmoid|pooled)$/.test(ending.form);
  const asClassifier = { kind: 'scores', reason: `${gives}, as in a classifier` } as const;
  if (width < leastEmbedding) {
    return isLikeClassifier || hint === 'classes' ? asClassifier : { kind: 'regression', reason: gives };
  }
  if (hint === 'classes') return { kind: 'scores', reason: named };
  const isOfSteps = ending?.form === 'pooled' && !ending.op.startsWith('Global');
  if (isOfSteps || !isLikeClassifier) return { kind: 'embedding', reason: `${gives}, but no class is read from them` };
  if (width % embeddingStep !== 0 || ending?.form === 'sigmoid') return asClassifier;
  return { kind: 'embedding', reason: `${gives}, a usual width of embeddings, and there are no labels` };
}

/** Decides the kind of an output of `[samples, steps, width]`. */
function bySteps({ ending, hint, name, dims }: Seen, width: number): KindDecision {
  const gives = `${ending?.op ?? 'it'} has ${formatCount(width)} numbers per step`;
  const named = `its name is “${name}”`;
  if (hint === 'numbers') return { kind: 'regression', reason: named };
  if (width === 1) return { kind: 'regression', reason: 'it has one number per step' };
  if (hint === 'vectors') return { kind: 'embedding', reason: named };
  if (ending?.form === 'normalization')
    return { kind: 'embedding', reason: `${gives}, but no class is read from them` };
  const isByPlace = ending?.form === 'convolution' && dims[1]! >= leastMapSide && width >= leastMapSide;
  if (ending?.form === 'sigmoid' || isByPlace)
    return { kind: 'map', reason: `${ending.op} has a value for each position` };
  if (ending?.form !== 'linear') {
    if (hint === 'classes') return { kind: 'sequence', reason: named };
    return { kind: 'regression', reason: `${gives}, without a sign that they are classes` };
  }
  return hint !== 'classes' && width >= leastEmbedding && width % embeddingStep === 0
    ? { kind: 'embedding', reason: `${gives}, a usual width of embeddings` }
    : { kind: 'sequence', reason: `${gives}, as in a classifier of steps` };
}

/** True if every row is a distribution of probabilities. */
export function addUpToOne(values: Numbers | undefined, width: number): boolean {
  if (values === undefined || values.length === 0) return false;
  for (let start = 0; start < values.length; start += width) {
    let sum = 0;
    for (let index = start; index < start + width; index++) {
      if (!(values[index]! >= 0)) return false;
      sum += values[index]!;
    }
    if (!(Math.abs(sum - 1) <= sumTolerance)) return false;
  }
  return true;
}

function haveUnitLength(values: Numbers, width: number): boolean {
  if (values.length === 0) return false;
  for (let start = 0; start < values.length; start += width) {
    let squares = 0;
    for (let index = start; index < start + width; index++) squares += values[index]! ** 2;
    if (!(Math.abs(squares - 1) <= sumTolerance)) return false;
  }
  return true;
}
