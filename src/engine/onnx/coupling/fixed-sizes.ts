/** Sizes that no rule can tell while inputs have free dimensions, but that are the same whatever those are: heads of attention after `-1`. */
import { statedSize } from '../declared-shape';
import type { Model, ValueInfo, ValueName } from '../graph';
import { inferModel, type InferredModel } from '../infer';
import type { InferredValue } from '../ops/operator';
import { symbolicSize, type Size } from '../size';

export type InferredValues = Pick<InferredModel, 'value'>;

/** Values that stay the same for all sizes of the free dimensions. */
export interface FixedValues extends InferredValues {
  /** Elements of a small tensor of the model's graph; `null` for those that change or are not known. */
  elements(name: ValueName): readonly (number | null)[] | undefined;
}

/**
 * Sizes that models can take: pictures are often halved five times. A value that stays the same for all of them is
 * taken to be independent of free dimensions.
 */
const usualSizes = [32, 64, 160];
/**
 * A small one that divides nothing, and a large one. Models that cannot take them say nothing here, others tell what is cut to a
 * length, filled up to one, or a remainder.
 */
const oddSizes = [7, 10_007];

/**
 * Fills unknown sizes in inferred values. A size is a number if all tried sizes give the same one, and otherwise a
 * symbol that axes with equal changes share. Known sizes and contents stay.
 */
export function withFixedSizes(model: Model, inferred: InferredValues): FixedValues {
  const axes = freeAxes(model.graph!.inputs);
  const names = symbolNames(axes);
  let known: readonly InferredModel[] | undefined;
  // The tries are made on demand, because most models have no unknown sizes.
  const tries = (): readonly InferredModel[] => (known ??= inferTries(model, axes));
  const filled = (name: ValueName): InferredValue | undefined => {
    const value = inferred.value(model.graph!, name);
    if (axes.size === 0 || value?.shape?.every((size) => size !== null)) return value;
    const shapes = tries().map((each) => each.value(model.graph!, name)?.shape);
    const rank = value?.shape?.length ?? shapes[0]?.length;
    if (rank === undefined || shapes.slice(0, usualSizes.length).some((shape) => shape?.length !== rank)) return value;
    const sizesOf = (axis: number): readonly Size[] => shapes.map((shape) => shape?.[axis] ?? null);
    const shape = Array.from({ length: rank }, (_, axis) => value?.shape?.[axis] ?? sizeOf(sizesOf(axis), names));
    return { ...value, shape };
  };
  const values = new Map<ValueName, InferredValue | undefined>();
  return {
    value(graph, name) {
      if (graph !== model.graph) return inferred.value(graph, name);
      if (!values.has(name)) values.set(name, filled(name));
      return values.get(name);
    },
    elements(name) {
      const own = inferred.value(model.graph!, name)?.content;
      if (axes.size === 0 || own?.every((size) => typeof size === 'number')) return own?.map(numberOf);
      const contents = tries().map((each) => each.value(model.graph!, name)?.content);
      return contents[0]?.map((_, at) => numberOf(own?.[at] ?? fixedSize(contents.map((each) => each?.[at] ?? null))));
    },
  };
}

/** The first axis has the tried size. Each later one is larger, so that axes can be distinguished. */
function triedSize(size: number, axis: number): number {
  return size * (axis + 1);
}

function inferTries(model: Model, axes: ReadonlyMap<string, number>): readonly InferredModel[] {
  return [...usualSizes, ...oddSizes].map((size) => {
    const dimensions = [...axes].map(([key, axis]) => [key, triedSize(size, axis)] as const);
    return inferModel(model, { dimensions: Object.fromEntries(dimensions) });
  });
}

function numberOf(size: Size): number | null {
  return typeof size === 'number' ? size : null;
}

/** Symbols, and `<input>.<axis>` if a free dimension has no name, with the axis on which they are first found. */
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

/** Maps the list of sizes that are tried for a symbol to its name, if no other symbol has the same list. */
function symbolNames(axes: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [key, axis] of axes) {
    const isAlone = [...axes.values()].filter((other) => other === axis).length === 1;
    if (isAlone) names.set(String(usualSizes.map((size) => triedSize(size, axis))), key);
  }
  return names;
}

/** Returns the size that all tries have in common, in the order of the tries. `null` if it is no number or differs. */
function fixedSize(sizes: readonly Size[]): number | null {
  const [first, ...others] = sizes.slice(0, usualSizes.length);
  const isFixed = typeof first === 'number' && others.every((size) => size === first);
  return isFixed && sizes.every((size) => size === null || size === first) ? first : null;
}

function sizeOf(sizes: readonly Size[], names: ReadonlyMap<string, string>): Size {
  const usual = sizes.slice(0, usualSizes.length);
  if (!usual.every((size) => typeof size === 'number')) return null;
  if (usual.every((size) => size === usual[0])) return fixedSize(sizes);
  return symbolicSize(names.get(String(usual)) ?? `sizes like ${String(usual)}`);
}
