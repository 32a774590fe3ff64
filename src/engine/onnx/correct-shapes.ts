/**
 * Shapes that a file declares of outputs and of values in between, and that cannot be. Few tools look at them while sizes
 * are computed by the model itself; a model in which the sizes are constants is refused for them.
 */
import { describeShape, mapShape, statedSize, withSize } from './declared-shape';
import type { Dimension, Graph, Model, ValueInfo, ValueType } from './graph';
import { inferUndeclared } from './infer-undeclared';
import type { SymbolicShape } from './ops/operator';
import { textOfSize, type Size } from './size';
import { attributesWithGraphs, withSubgraphs } from './subgraphs';
import { nodePathPart } from './traverse';

export interface CorrectedShape {
  /** `graph/y` */
  readonly path: string;
  readonly isOutput: boolean;
  /** The declared shape, as `describeShape` writes it. */
  readonly before: string;
  readonly after: string;
}

/**
 * Corrects declared shapes if the operator rules alone give another number of axes or another fixed size. Everything
 * else stays. Returns the same object if nothing is wrong.
 */
export function correctShapes(model: Model): { readonly model: Model; readonly corrected: readonly CorrectedShape[] } {
  if (model.graph === undefined) return { model, corrected: [] };
  const inferred = inferUndeclared(model, withoutShapes);
  const symbols = symbolsOf(model.graph.inputs);
  const corrected: CorrectedShape[] = [];
  const correct = (graph: Graph, path: string): Graph => {
    const correctInfo = (info: ValueInfo, isOutput: boolean): ValueInfo => {
      const right = withShape(info, inferred.get(graph)!(info.name ?? '')?.shape, symbols);
      if (right === info) return info;
      const [before, after] = [describeShape(info), describeShape(right)];
      corrected.push({ path: `${path}/${info.name ?? ''}`, isOutput, before, after });
      return right;
    };
    const before = corrected.length;
    const nodes = graph.nodes.map((node, index) => {
      const places = attributesWithGraphs(node);
      return withSubgraphs(node, (inner) => correct(inner, `${path}/${nodePathPart(node, index)}.${places.shift()}`));
    });
    const outputs = graph.outputs.map((info) => correctInfo(info, true));
    const valueInfos = graph.valueInfos.map((info) => correctInfo(info, false));
    return corrected.length === before ? graph : { ...graph, nodes, outputs, valueInfos };
  };
  const graph = correct(model.graph, 'graph');
  return { model: graph === model.graph ? model : { ...model, graph }, corrected };
}

/** Removes declared shapes, so that none of them counts as evidence against another. */
function withoutShapes(graph: Graph): Graph {
  return { ...graph, outputs: graph.outputs.map((info) => ({ ...info, type: withoutShape(info.type) })) };
}

function withoutShape(type: ValueType | undefined): ValueType | undefined {
  return type?.kind === 'tensor' ? { ...type, shape: undefined } : undefined;
}

function withShape(info: ValueInfo, shape: SymbolicShape | undefined, symbols: ReadonlySet<string>): ValueInfo {
  const { type } = info;
  if (shape === undefined || type?.kind !== 'tensor' || type.shape === undefined) return info;
  if (shape.length !== type.shape.dimensions.length) {
    const dimensions = shape.map((size) => dimensionOf(size, symbols));
    return { ...info, type: { ...type, shape: { ...type.shape, dimensions } } };
  }
  return mapShape(info, (dimension, axis) => {
    const [stated, size] = [statedSize(dimension), shape[axis]!];
    return stated !== undefined && typeof size === 'number' && size !== stated ? withSize(dimension, size) : dimension;
  });
}

/** Returns a symbol of the inputs by its name. A size that is computed from symbols is left open. */
function dimensionOf(size: Size, symbols: ReadonlySet<string>): Dimension {
  if (typeof size === 'number') return { size: BigInt(size) };
  const text = textOfSize(size);
  return text !== undefined && symbols.has(text) ? { symbol: text } : {};
}

function symbolsOf(inputs: readonly ValueInfo[]): ReadonlySet<string> {
  const dimensions = inputs.flatMap(({ type }) => type?.shape?.dimensions ?? []);
  return new Set(dimensions.flatMap((dimension) => ('symbol' in dimension ? (dimension.symbol ?? []) : [])));
}
