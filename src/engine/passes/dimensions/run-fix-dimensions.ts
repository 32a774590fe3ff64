/**
 * Gives free dimensions of the inputs a size. Some runtimes, WebNN among them, only take models whose shapes are all known
 * before they run; others get faster with them. The sizes go through inference into the shapes of the outputs.
 */
import { inspectInputs } from '../../analysis/inspect';
import { formatQuoted } from '../../format';
import { freeDimensionKey, freeDimensionsOf, type FreeDimension } from '../../data/free-dimensions';
import type { InputDescription } from '../../data/feeds';
import { describeShape, mapShape, statedSize, withSize } from '../../onnx/declared-shape';
import type { Graph, Model, ValueInfo } from '../../onnx/graph';
import { inferModel, type InferredModel } from '../../onnx/infer';
import { withSubgraphs } from '../../onnx/subgraphs';
import type { FixDimensionsOptions } from './fix-dimensions-options';
import type { Change, PassContext, PassOutcome, Refusal } from '../pass';

const largestSize = 2 ** 31 - 1;

export async function runFixDimensions(
  model: Model,
  chosen: FixDimensionsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  await context.checkpoint();
  const inputs = inspectInputs(model);
  const free = freeDimensionsOf(inputs);
  const wanted = wantedSizes(chosen.dimensions, free, inputs);
  const refusals = [...wanted.refusals, ...refuseUnknownRanks(inputs)];
  const { sizes } = wanted;
  const isNothing = model.graph === undefined || sizes.size === 0;
  const fixed = isNothing ? { model, changes: [] } : fixModel(model, model.graph, sizes, inputs);
  context.progress({ stage: 'Fixed', done: 1, total: 1 });
  const changes = [...describeInputs(free, sizes, wanted.areSuggested), ...fixed.changes];
  return { model: fixed.model, changes, refusals };
}

function fixModel(
  model: Model,
  graph: Graph,
  sizes: Sizes,
  inputs: readonly InputDescription[],
): { readonly model: Model; readonly changes: readonly Change[] } {
  const fixed = fixInputs(graph, sizes, inputs);
  const updated = updateShapes(fixed, inferModel({ ...model, graph: fixed }));
  const changes = updated.outputs
    .filter((output, index) => describeShape(output) !== describeShape(graph.outputs[index]!))
    .map((output) => ({
      path: `graph/${output.name ?? ''}`,
      op: 'Output',
      what: `Its shape is [${describeShape(output)}].`,
    }));
  return { model: { ...model, graph: updated }, changes };
}

/**
 * The problems of the given `dimensions` for a model with these inputs: an unknown name, no size, two sizes. The pass
 * reports the same and continues without them; a command line can stop there.
 */
export function wrongDimensions(given: readonly string[], inputs: readonly InputDescription[]): readonly Refusal[] {
  return given.length === 0 ? [] : wantedSizes(given, freeDimensionsOf(inputs), inputs).refusals;
}

function wantedSizes(
  given: readonly string[],
  free: readonly FreeDimension[],
  inputs: readonly InputDescription[],
): { readonly sizes: Sizes; readonly refusals: readonly Refusal[]; readonly areSuggested: boolean } {
  const refuse = (code: string, reason: string): Refusal => ({ path: 'graph', op: 'Input', code, reason });
  if (given.length === 0) {
    const sizes = new Map(free.map(({ key, suggested }) => [key, suggested]));
    const refusals = free.length > 0 ? [] : [refuse('nothing-free', 'Every input dimension already has a size.')];
    return { sizes, refusals, areSuggested: true };
  }
  const known = new Set(free.map(({ key }) => key));
  const choice = free.length === 0 ? 'It has none.' : `It has ${[...known].join(', ')}.`;
  const sizes = new Map<string, number>();
  const refusals: Refusal[] = [];
  for (const entry of given) {
    const [, name, text] = /^(.+)=\s*(\d{1,10})$/.exec(entry) ?? [];
    const key = name?.trim() ?? '';
    const size = Number(text);
    if (name === undefined || size < 1 || size > largestSize) {
      refusals.push(
        refuse('dimension/invalid', `${formatQuoted(entry)} has no size: write name=size, with an integer above 0.`),
      );
    } else if (!known.has(key)) {
      const reason = isFixed(key, inputs)
        ? `The dimension ${key} already has a size.`
        : `The inputs of the model have no free dimension ${formatQuoted(key)}. ${choice}`;
      refusals.push(refuse('dimension/unknown', reason));
    } else if (sizes.has(key) && sizes.get(key) !== size) {
      refusals.push(
        refuse('dimension/twice', `The dimension ${key} has two sizes. The first, ${sizes.get(key)}, is used.`),
      );
    } else {
      sizes.set(key, size);
    }
  }
  return { sizes, refusals, areSuggested: false };
}

/** True if a key names an axis that exists but is not free. */
function isFixed(key: string, inputs: readonly InputDescription[]): boolean {
  return inputs.some((input) => input.shape?.some((_, axis) => `${input.name}.${axis}` === key));
}

function refuseUnknownRanks(inputs: readonly InputDescription[]): readonly Refusal[] {
  return inputs
    .filter(({ shape, dtype }) => shape === null && !['sequence', 'optional', 'map'].includes(dtype))
    .map(({ name }) => ({
      path: `graph/${name}`,
      op: 'Input',
      code: 'dimension/no-rank',
      reason: 'The input has no stated rank, so none of its dimensions can be fixed.',
    }));
}

function describeInputs(free: readonly FreeDimension[], sizes: Sizes, areSuggested: boolean): readonly Change[] {
  return free
    .filter(({ key }) => sizes.has(key))
    .flatMap(({ key, places, why }) =>
      places.map(({ input, axis }) => ({
        path: `graph/${input}`,
        op: 'Input',
        what: `Axis ${axis} (${key}) has the size ${sizes.get(key)}.${areSuggested ? ` ${why}` : ''}`,
      })),
    );
}

type Sizes = ReadonlyMap<string, number>;

function fixInputs(graph: Graph, sizes: Sizes, inputs: readonly InputDescription[]): Graph {
  const byName = new Map(inputs.map((input) => [input.name, input]));
  return {
    ...fixSymbols(graph, sizes),
    inputs: graph.inputs.map((info) => {
      const input = byName.get(info.name ?? '');
      if (input === undefined) return info;
      return mapShape(info, (dimension, axis) => {
        const key = freeDimensionKey(input, axis);
        const size = key === undefined ? undefined : sizes.get(key);
        return size === undefined ? dimension : withSize(dimension, size);
      });
    }),
  };
}

/** A symbol stands for the same size wherever the file uses it. */
function fixSymbols(graph: Graph, sizes: Sizes): Graph {
  const fix = (info: ValueInfo): ValueInfo =>
    mapShape(info, (dimension) => {
      const size = 'symbol' in dimension ? sizes.get(dimension.symbol ?? '') : undefined;
      return size === undefined ? dimension : withSize(dimension, size);
    });
  return {
    ...graph,
    inputs: graph.inputs.map(fix),
    outputs: graph.outputs.map(fix),
    valueInfos: graph.valueInfos.map(fix),
    nodes: graph.nodes.map((node) => withSubgraphs(node, (inner) => fixSymbols(inner, sizes))),
  };
}

/** Outputs and descriptions of values as inference sees them now. A shape that is not known whole is described no more. */
function updateShapes(graph: Graph, inferred: InferredModel): Graph {
  return {
    ...graph,
    outputs: graph.outputs.map((output) => withInferredShape(graph, output, inferred)),
    valueInfos: graph.valueInfos
      .map((info) => withInferredShape(graph, info, inferred))
      .filter(
        ({ type }) =>
          type?.shape === undefined || type.shape.dimensions.every((dimension) => statedSize(dimension) !== undefined),
      ),
    nodes: graph.nodes.map((node) => withSubgraphs(node, (inner) => updateShapes(inner, inferred))),
  };
}

/** Inferred sizes replace the sizes that the file states, because those were for other inputs. */
function withInferredShape(graph: Graph, info: ValueInfo, inferred: InferredModel): ValueInfo {
  const shape = inferred.value(graph, info.name ?? '')?.shape;
  if (shape === undefined || shape.length !== info.type?.shape?.dimensions.length) return info;
  return mapShape(info, (dimension, axis) => {
    const size = shape[axis]!;
    return typeof size === 'number' && size !== statedSize(dimension) ? withSize(dimension, size) : dimension;
  });
}
