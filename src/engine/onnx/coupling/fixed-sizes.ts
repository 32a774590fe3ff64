/** Sizes that no rule can tell while inputs have free dimensions, but that are the same whatever those are: heads of attention after `-1`. */
import { statedSize } from '../declared-shape';
import type { Graph, Model, ValueInfo, ValueName } from '../graph';
import { inferModel, type InferredModel } from '../infer';
import type { InferredValue } from '../ops/operator';
import { isSameSize, symbolicSize, type Size } from '../size';

export type InferredValues = Pick<InferredModel, 'value'>;

/** Free dimensions are tried at so many times their smallest size: what stays the same does not depend on them. */
const factors = [1, 2, 5];
/** Of the first axis; each later one is larger, so that axes can be told apart. Pictures are often halved five times. */
const smallestSize = 32;

/**
 * What is inferred, with unknown sizes filled in: a number where all sizes that are tried give the same, and otherwise a symbol
 * that is shared by the axes that change alike. Known sizes stay, and so does what is known of contents.
 */
export function withFixedSizes(model: Model, inferred: InferredValues): InferredValues {
  const axes = freeAxes(model.graph!.inputs);
  if (axes.size === 0) return inferred;
  const tried = factors.map((factor) => {
    const dimensions = [...axes].map(([key, axis]) => [key, factor * smallestSize * (axis + 1)] as const);
    return inferModel(model, { dimensions: Object.fromEntries(dimensions) });
  });
  const names = symbolNames(axes);
  const known = new Map<ValueName, InferredValue | undefined>();
  const filled = (graph: Graph, name: ValueName): InferredValue | undefined => {
    const value = inferred.value(graph, name);
    if (value?.shape?.every((size) => size !== null)) return value;
    const shapes = tried.map((each) => each.value(graph, name)?.shape);
    const rank = value?.shape?.length ?? shapes[0]?.length;
    if (rank === undefined || shapes.some((shape) => shape?.length !== rank)) return value;
    const shape = Array.from({ length: rank }, (_, axis) => {
      const own = value?.shape?.[axis] ?? null;
      return (
        own ??
        sizeOf(
          shapes.map((each) => each![axis]!),
          names,
        )
      );
    });
    return { ...value, shape };
  };
  return {
    value(graph, name) {
      if (graph !== model.graph) return inferred.value(graph, name);
      if (!known.has(name)) known.set(name, filled(graph, name));
      return known.get(name);
    },
  };
}

/** Symbols, and `<input>.<axis>` where a free dimension has no name; with the axis that they are first found on. */
function freeAxes(inputs: readonly ValueInfo[]): ReadonlyMap<string, number> {
  const axes = new Map<string, number>();
  for (const { name = '', type } of inputs) {
    type?.shape?.dimensions.forEach((dimension, axis) => {
      const key = ('symbol' in dimension && dimension.symbol) || `${name}.${axis}`;
      if (statedSize(dimension) === undefined && !axes.has(key)) axes.set(key, axis);
    });
  }
  return axes;
}

/** By the sizes that are tried of it: the only symbol that has them. */
function symbolNames(axes: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [key, axis] of axes) {
    const isAlone = [...axes.values()].filter((other) => other === axis).length === 1;
    if (isAlone) names.set(String(factors.map((factor) => factor * smallestSize * (axis + 1))), key);
  }
  return names;
}

function sizeOf(sizes: readonly Size[], names: ReadonlyMap<string, string>): Size {
  if (!sizes.every((size) => typeof size === 'number')) return null;
  if (sizes.every((size) => isSameSize(size, sizes[0]!))) return sizes[0]!;
  return symbolicSize(names.get(String(sizes)) ?? `sizes like ${String(sizes)}`);
}
