import { continuedCaches } from '../data/decoder/decoder-wiring';
import { formatList, formatQuoted, formatShape } from '../format';
import type { ShapeEntry } from '../onnx/declared-shape';
import type { Inspection, InspectedValue } from './inspection';

/** A model as far as callers see it. */
export interface ModelInterface extends Pick<Inspection, 'inputs' | 'outputs'> {
  readonly file: Pick<Inspection['file'], 'name'>;
}

/**
 * Explains in a sentence why a model is not a variant of another, and names the first input or output that differs. Returns `undefined` if
 * all of them agree: the same names in any order, the same types, and shapes that fit. A size that either model leaves free fits every
 * size. A float32 cache fits a float16 one, because the model itself continues it.
 */
export function describeInterfaceDifference(original: ModelInterface, other: ModelInterface): string | undefined {
  const difference = differenceOfSides(original, other, cachesOf(original));
  if (difference === undefined) return undefined;
  return `${other.file.name} cannot be compared with ${original.file.name}: ${difference}`;
}

/**
 * Matches outputs that other exporters named differently: those that only one of both models has, in their order. Returns the
 * original's names by the other model's, or `undefined` if all names agree, or a type, a shape or the number of outputs does not.
 */
export function outputsByOrder(
  { outputs: expected }: Pick<Inspection, 'outputs'>,
  { outputs: given }: Pick<Inspection, 'outputs'>,
): ReadonlyMap<string, string> | undefined {
  const without = (values: readonly InspectedValue[], others: readonly InspectedValue[]) =>
    values.filter(({ name }) => others.every((other) => other.name !== name));
  const [missing, further] = [without(expected, given), without(given, expected)];
  if (missing.length === 0 || missing.length !== further.length) return undefined;
  const pairs = further.map((own, index) => [own, missing[index]!] as const);
  if (pairs.some(([own, value]) => differenceOfValue('', value, own) !== undefined)) return undefined;
  return new Map(pairs.map(([own, { name }]) => [own.name, name]));
}

/** The model as if its outputs had these names, by its own. */
export function withOutputNames<Model extends Pick<Inspection, 'outputs'>>(
  model: Model,
  names: ReadonlyMap<string, string> = new Map(),
): Model {
  return { ...model, outputs: model.outputs.map((value) => ({ ...value, name: names.get(value.name) ?? value.name })) };
}

/** A sentence on outputs that are matched by their order. */
export function describeOutputNames(model: string, names: ReadonlyMap<string, string>): string {
  const pairs = [...names].map(([own, name]) => `${formatQuoted(own)} is ${formatQuoted(name)}`);
  return `Outputs of ${model} have other names. They are matched by order and shape: ${formatList(pairs)}.`;
}

/**
 * Explains in a sentence why a variant no longer fits the models that feed it or that it feeds. Returns `undefined` if names and types agree,
 * shapes fit, and no input has lost a free size: other models feed it with any. A cache may become float16 if no other model has it.
 * @param others the other models
 */
export function describeBrokenInterface(
  original: ModelInterface,
  variant: ModelInterface,
  others: readonly ModelInterface[],
): string | undefined {
  const elsewhere = new Set(others.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]).map(({ name }) => name));
  const caches = new Set([...cachesOf(original)].filter((name) => !elsewhere.has(name)));
  const lost = original.inputs.find(({ name, shape }) => {
    const own = variant.inputs.find((input) => input.name === name);
    return shape?.some((size, axis) => typeof size !== 'number' && typeof own?.shape?.[axis] === 'number') === true;
  });
  return (
    differenceOfSides(original, variant, caches) ??
    (lost && `its input ${formatQuoted(lost.name)} has lost a free size.`)
  );
}

/** Inputs and outputs of the caches that a model continues. Their names decide, because the sizes may have been fixed. */
function cachesOf({ inputs, outputs }: ModelInterface): ReadonlySet<string> {
  const open = (values: readonly InspectedValue[]): readonly InspectedValue[] =>
    values.map((value) => ({ ...value, shape: value.shape && value.shape.map(() => null) }));
  return new Set([...continuedCaches({ inputs: open(inputs), outputs: open(outputs) })].flat());
}

/** @param caches values whose precision may differ */
function differenceOfSides(
  expected: ModelInterface,
  given: ModelInterface,
  caches: ReadonlySet<string>,
): string | undefined {
  const types = new Map([...expected.inputs, ...expected.outputs].map(({ name, dtype }) => [name, dtype]));
  const isPrecision = (dtype: string | undefined): boolean => dtype === 'float16' || dtype === 'float32';
  const alike = (values: readonly InspectedValue[]): readonly InspectedValue[] =>
    values.map((value) => {
      const dtype = types.get(value.name);
      return caches.has(value.name) && isPrecision(dtype) && isPrecision(value.dtype)
        ? { ...value, dtype: dtype! }
        : value;
    });
  return (
    differenceOf('input', expected.inputs, alike(given.inputs)) ??
    differenceOf('output', expected.outputs, alike(given.outputs))
  );
}

function differenceOf(
  kind: 'input' | 'output',
  expected: readonly InspectedValue[],
  given: readonly InspectedValue[],
): string | undefined {
  const names = new Set(expected.map(({ name }) => name));
  const byName = new Map(given.map((value) => [value.name, value]));
  for (const value of expected) {
    const own = byName.get(value.name);
    if (own === undefined) return `it has no ${kind} ${formatQuoted(value.name)}${instead(names, given)}.`;
    const difference = differenceOfValue(`its ${kind} ${formatQuoted(value.name)}`, value, own);
    if (difference !== undefined) return difference;
  }
  const further = given.find(({ name }) => !names.has(name));
  return further && `it has one more ${kind}, ${formatQuoted(further.name)}.`;
}

/** Other exporters often name the same value differently. */
function instead(names: ReadonlySet<string>, given: readonly InspectedValue[]): string {
  const others = given.filter(({ name }) => !names.has(name));
  return others.length === 1 ? `, but one named ${formatQuoted(others[0]!.name)}` : '';
}

function differenceOfValue(subject: string, expected: InspectedValue, own: InspectedValue): string | undefined {
  if (own.dtype !== expected.dtype) return `${subject} is ${own.dtype}, not ${expected.dtype}.`;
  if (shapesFit(expected.shape, own.shape)) return undefined;
  return `${subject} has the shape ${formatShape(own.shape)}, not ${formatShape(expected.shape)}.`;
}

function shapesFit(a: readonly ShapeEntry[] | null, b: readonly ShapeEntry[] | null): boolean {
  if (a === null || b === null) return true;
  return a.length === b.length && a.every((entry, axis) => sizesFit(entry, b[axis]!));
}

function sizesFit(a: ShapeEntry, b: ShapeEntry): boolean {
  return typeof a !== 'number' || typeof b !== 'number' || a === b;
}
