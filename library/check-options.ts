/** Options as a caller in JavaScript gives them: mistakes are found before time is spent. */
import { inspectInputs } from '../src/engine/analysis/inspect';
import type { FreeDimensions } from '../src/engine/data/feeds';
import { freeDimensionsOf } from '../src/engine/data/free-dimensions';
import { mostNamedSamples } from '../src/engine/data/split';
import { ParetoError } from '../src/engine/errors';
import { formatList, formatQuoted } from '../src/engine/format';
import { executionProviders, type ExecutionProvider } from '../src/engine/metrics/cell';
import type { Model } from '../src/engine/onnx/graph';
import { largestSeed } from '../src/engine/seeded-random';

/** Throws `options/unknown` for an option that the function does not have, because it would change nothing, and `options/invalid` for null. */
export function refuseUnknownOptions(options: object | undefined, known: readonly string[]): void {
  const names = ['signal', 'onProgress', ...known];
  if (typeof options !== 'object' || options === null) {
    throw new ParetoError('options/invalid', `The options must be an object. Options: ${names.join(', ')}.`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ParetoError(
      'options/unknown',
      `There is no option ${formatQuoted(unknown)}. Options: ${names.join(', ')}.`,
    );
  }
  const [empty] = Object.entries(options).find(([, value]) => value === null) ?? [];
  if (empty !== undefined) throw new ParetoError('options/invalid', `${empty} is null. Leave it out.`);
  const { dimensions = {} } = options as { readonly dimensions?: unknown };
  refuseUnsized(dimensions);
}

/** Throws `options/invalid` for sizes of dimensions that are none. */
function refuseUnsized(dimensions: unknown): void {
  if (typeof dimensions !== 'object') {
    throw new ParetoError('options/invalid', 'dimensions must be an object, such as { batch: 1 }.');
  }
  for (const [name, size] of Object.entries(dimensions ?? {}) as [string, number][]) {
    integerOf(`The dimension ${formatQuoted(name)}`, size, { minimum: 0, maximum: 2 ** 31 - 1 });
  }
}

/** Throws `options/invalid` for a size of a dimension that the inputs of the model do not have. */
export function refuseUnknownDimensions(dimensions: FreeDimensions | undefined, model: Model): void {
  const known = freeDimensionsOf(inspectInputs(model)).map(({ key }) => key);
  const unknown = Object.keys(dimensions ?? {}).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const choice = known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`;
  throw new ParetoError(
    'options/invalid',
    `The inputs of the model have no free dimension ${formatQuoted(unknown)}. ${choice}`,
  );
}

/** The integer of an option within limits. Throws `options/invalid`. */
export function integerOf(
  name: string,
  value: number | undefined,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= minimum && value <= maximum)) return value;
  throw new ParetoError(
    'options/invalid',
    `${name} must be an integer from ${minimum} to ${maximum}, not ${formatQuoted(String(value))}.`,
  );
}

/** One of the words of an option. Throws `options/invalid`. */
export function wordOf<const Word extends string>(name: string, value: unknown, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new ParetoError(
    'options/invalid',
    `${name} must be ${formatList(words, 'or')}, not ${formatQuoted(String(value))}.`,
  );
}

/** A list of words of an option. Throws `options/invalid`. */
export function wordsOf<const Word extends string>(name: string, values: unknown, words: readonly Word[]): Word[] {
  if (!Array.isArray(values)) throw new ParetoError('options/invalid', `${name} must be a list.`);
  return values.map((value: unknown) => wordOf(name, value as string, words));
}

export const seedOf = (seed: number | undefined): number | undefined =>
  integerOf('seed', seed, { minimum: 0, maximum: largestSeed });

export const countOf = (name: string, count: number | undefined): number | undefined =>
  integerOf(name, count, { minimum: 1, maximum: mostNamedSamples });

export const threadsOf = (threads: number | undefined): number | undefined =>
  integerOf('threads', threads, { minimum: 1, maximum: 64 });

export const providerOf = (ep: ExecutionProvider | undefined): ExecutionProvider =>
  wordOf('ep', ep ?? 'wasm', executionProviders);
