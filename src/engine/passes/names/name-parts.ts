/** The parts that `shorten-names` removes, and their bytes. */
import { formatCounted } from '../../format';
import { encodedBytes } from '../../onnx/codec/encode-files';
import type { Dimension, Graph, Model, ValueInfo } from '../../onnx/graph';
import { storedDataBytes } from '../../onnx/map-tensors';
import { shortNames, withShortNames } from '../../onnx/short-names';
import { worthwhileSaving } from '../least-saving';
import { strip, type Stripped } from './strip-notes';
import { statedSize } from '../../onnx/declared-shape';
import { inferUndeclared } from '../../onnx/infer-undeclared';
import type { SymbolicShape } from '../../onnx/ops/operator';
import { namesDefinedBy } from '../../onnx/subgraphs';

export interface NamePart {
  readonly label: string;
  /** The sentence for that many. */
  readonly describe: (count: number) => string;
  readonly take: (model: Model) => Stripped;
}

/**
 * The parts in the order in which they run. Models with graphs for training get none, because these graphs know values
 * by their names.
 */
export function namePartsOf(model: Model, original: Model, keepNodeNames: boolean): readonly NamePart[] {
  if (model.training.length > 0) return [];
  const nodeNames: NamePart = {
    label: 'Names of nodes',
    describe: (count) => `${formatCounted(count, 'node')} without a name`,
    take: (given) => strip(given, { nodeNames: true }),
  };
  return [
    {
      label: 'Notes',
      describe: (count) => `${formatCounted(count, 'comment')} removed`,
      take: (given) => strip(given, { notes: true }),
    },
    {
      label: 'Descriptions of values',
      describe: (count) => `${formatCounted(count, 'description')} removed: they can be derived`,
      take: (given) => strip(given, { isKnown: knownValues(given) }),
    },
    {
      label: 'Attributes at their defaults',
      describe: (count) => `${formatCounted(count, 'attribute')} removed: they equal the default`,
      take: (given) => strip(given, { atDefault: true }),
    },
    ...(keepNodeNames ? [] : [nodeNames]),
    {
      label: 'Names of values',
      describe: (count) => `${formatCounted(count, 'value')} renamed`,
      take: (given) => withValuesRenamed(given, original),
    },
  ];
}

function withValuesRenamed(model: Model, original: Model): Stripped {
  const names = shortNames(model, original);
  return { model: names.size === 0 ? model : withShortNames(model, original, names), count: names.size };
}

/** Bytes that the pass takes off the file of a model; 0 if that is less than a hundredth. Reads no weights. */
export function savedByShortNames(model: Model, original: Model): number {
  const before = encodedBytes(model);
  // Large models are skipped, because nearly all of their bytes are numbers.
  if (before - storedDataBytes(model) < worthwhileSaving * before) return 0;
  let current = model;
  for (const { take } of namePartsOf(model, original, false)) current = take(current).model;
  const saved = before - encodedBytes(current);
  return saved < worthwhileSaving * before ? 0 : saved;
}

/**
 * Finds the descriptions of values that a reader of the model infers by itself.
 * Decides if a description in a graph of the model can be removed. It can if the value is gone, or if its type and
 * sizes follow from the inputs by operator rules alone.
 */
function knownValues(model: Model): (graph: Graph, info: ValueInfo) => boolean {
  const inferred = inferUndeclared(model);
  const defined = new Map([...inferred.keys()].map((graph) => [graph, new Set(namesDefinedBy(graph))]));
  return (graph, { name = '', type }) => {
    const own = defined.get(graph);
    // Nothing is known of graphs in bodies of functions.
    if (own === undefined) return false;
    if (!own.has(name)) return true;
    const found = inferred.get(graph)!(name);
    if (found === undefined || type?.kind !== 'tensor' || found.elementType !== type.elementType) return false;
    return type.shape === undefined || (found.shape !== undefined && coversAll(found.shape, type.shape.dimensions));
  };
}

/** Every size that is declared as a number is known as that, every symbol as something. */
function coversAll(shape: SymbolicShape, declared: readonly Dimension[]): boolean {
  return (
    shape.length === declared.length &&
    declared.every((dimension, axis) => {
      const stated = statedSize(dimension);
      if (stated !== undefined) return shape[axis] === stated;
      return shape[axis] !== null || !('symbol' in dimension && dimension.symbol);
    })
  );
}
