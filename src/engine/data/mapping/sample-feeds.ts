import { ParetoError } from '../../errors';
import { formatList } from '../../format';
import type { DataField, DatasetDescription, FieldRequest, FieldValue } from '../dataset';
import type { FeedTensor, FreeDimensions, InputDescription } from '../feeds';
import { freeDimensionKey, freeDimensionsOf, withSuggestedDimensions } from '../free-dimensions';
import { tokensInput } from '../decoder/input-roles';
import { concreteShape } from '../synthetic';
import { withListedColumns } from './column-list';
import { filledFeed } from './convert-tensor';
import type { FedSample, SampleFeeder } from './fed-sample';
import { findLabelField } from './find-field';
import { createInputSource } from './create-input-source';
import type { InputSource } from './input-source';
import { cacheAxisOf, emptyCache, makeForTokens, tokensBeside } from '../decoder/made-inputs';
import type { DataMapping, ImagePreprocessing, InputMapping } from './mapping';
import { placeBoxes, preprocessingOfPictures } from '../pictures/place-boxes';
import { createLabelReader } from './sample-label';
import { ownValue } from '../../own-value';

export interface FeederRequest {
  readonly mapping: DataMapping;
  readonly description: DatasetDescription;
  /** The inputs of the model. */
  readonly inputs: readonly InputDescription[];
  /** Sizes for inputs that get none from the data: constants and states. A missing size gets the suggested one. */
  readonly freeDimensions: FreeDimensions;
}

/** The longest recording that is fed step by step; each step holds a run of the model. */
const mostSteps = 100_000;

/**
 * Makes the feeds of each sample by the mapping: see `readingOf` for the batch axis, `convertTensor` for element types.
 * Free dimensions of constants and states follow the data of the same sample if they share a symbol. Throws a
 * ParetoError for a mapping that does not fit the data or the model's inputs.
 */
export function createSampleFeeder(request: FeederRequest): SampleFeeder {
  const { description, inputs } = request;
  const mapping = withListedColumns(request.mapping, description);
  refuseUnknownInputs(mapping, inputs);
  const mapped = inputs.map((input) => ({ input, mapping: mappingOf(mapping, input) }));
  const isRecurrent = mapped.some(({ mapping: each }) => 'state' in each);
  const sources = mapped.flatMap(
    ({ input, mapping: each }) => createInputSource(input, each, { description, isRecurrent }) ?? [],
  );
  const label = findLabelField(description, mapping.labels);
  const labels = label && createLabelReader(label, mapping.labels!, mapping.task);
  const batchKeys = batchKeysOf(inputs, sources);
  const states = mapped.flatMap(({ input, mapping: each }) => ('state' in each ? input : []));
  // Texts of a model with a cache run alone: nothing is padded, so its outputs are those of the text.
  const hasCache = mapped.some(({ mapping: each }) => 'cache' in each);
  const samplesPerRun = hasCache ? 1 : togetherOf(sources, [...states, ...madeAmong(mapped)], batchKeys);
  const shapes = createShapes(request, sources, { batchKeys, samplesPerRun });
  const unfed = unfedInputs(mapped, inputs, shapes);
  const tokens = tokensInput(inputs)?.name;
  const preprocessing = label?.kind === 'boxes' ? preprocessingOfPictures(mapping) : undefined;
  return {
    fields: requestsOf(sources, label),
    states: mapped.flatMap(({ input, mapping: each }) =>
      'state' in each ? { input: input.name, output: each.state, zeros: filledFeed(input, shapes.of(input), 0) } : [],
    ),
    columns: Object.fromEntries(
      sources.flatMap(({ input, request: asked }) =>
        asked !== undefined && 'columns' in asked ? [[input.name, asked.columns] as const] : [],
      ),
    ),
    classNames: labels?.classNames,
    orderNames: labels?.orderNames,
    samplesPerRun,
    batchAxes: shapes.batchAxes,
    feed({ index, values }) {
      const fed = feedSources(sources, values);
      const bound = bindDimensions(fed);
      const constant = unfed.map(({ input, tensorFor }) => [input.name, tensorFor(fed, bound)] as const);
      return {
        index,
        steps: stepsOf(fed, constant),
        ...(tokens !== undefined && { tokens }),
        label: labels ? placed(labels.read(ownValue(values, label!.name)), preprocessing, values) : null,
      };
    },
  };
}

/** Moves labeled boxes from the picture of the data to the input of the model. Without `preprocessing`, the label has no boxes. */
function placed(
  label: Float64Array,
  preprocessing: ImagePreprocessing | undefined,
  values: Readonly<Record<string, FieldValue>>,
): Float64Array {
  if (preprocessing === undefined) return label;
  const picture = Object.values(values).find((value) => value.kind === 'picture');
  return picture === undefined ? label : placeBoxes(label, picture.picture, preprocessing);
}

interface MappedInput {
  readonly input: InputDescription;
  readonly mapping: InputMapping;
}

function madeAmong(mapped: readonly MappedInput[]): readonly InputDescription[] {
  return mapped.flatMap(({ input, mapping }) => ('made' in mapping ? input : []));
}

/** An input that takes nothing from the data, and how it is made for a sample. */
interface UnfedInput {
  readonly input: InputDescription;
  tensorFor(fed: readonly FedInput[], bound: FreeDimensions): FeedTensor;
}

function unfedInputs(
  mapped: readonly MappedInput[],
  inputs: readonly InputDescription[],
  shapes: Shapes,
): readonly UnfedInput[] {
  return mapped.flatMap(({ input, mapping }): UnfedInput | readonly UnfedInput[] => {
    if ('value' in mapping) {
      return { input, tensorFor: (_, bound) => filledFeed(input, shapes.of(input, bound), mapping.value) };
    }
    if ('cache' in mapping) {
      const axis = cacheAxisOf(input, inputs);
      return { input, tensorFor: (_, bound) => emptyCache(input, shapes.of(input, bound), axis) };
    }
    if (!('made' in mapping)) return [];
    const tokens = tokensBeside(input, inputs);
    return {
      input,
      tensorFor(fed, bound) {
        const own = fed.find((each) => each.input.name === tokens.name)?.steps[0];
        if (own !== undefined) return makeForTokens(input, mapping.made, own, shapes.of(input, bound));
        throw new ParetoError(
          'mapping/made',
          `Input "${input.name}" is made for the tokens of "${tokens.name}", which takes none from the data.`,
        );
      },
    };
  });
}

function requestsOf(sources: readonly InputSource[], label: DataField | undefined): readonly FieldRequest[] {
  const requests = new Map<string, FieldRequest>();
  for (const { field, request } of sources) requests.set(field, request ?? field);
  if (label !== undefined) requests.set(label.name, label.name);
  return [...requests.values()];
}

interface FedInput {
  readonly input: InputDescription;
  readonly steps: readonly FeedTensor[];
}

function feedSources(sources: readonly InputSource[], values: Readonly<Record<string, FieldValue>>): FedInput[] {
  return sources.map(({ input, field, stepsOf: make }) => {
    const value = ownValue(values, field);
    if (value === undefined) throw new ParetoError('data/missing', `The sample has no value in "${field}".`);
    return { input, steps: make(value) };
  });
}

/** An input without steps of its own is fed the same at each step. */
function stepsOf(fed: readonly FedInput[], constant: readonly (readonly [string, FeedTensor])[]): FedSample['steps'] {
  const counts = [...new Set(fed.map(({ steps }) => steps.length).filter((count) => count !== 1))];
  const count = counts[0] ?? 1;
  if (counts.length > 1) {
    const each = fed.map(({ input, steps }) => `"${input.name}" ${steps.length}`);
    throw new ParetoError(
      'data/steps',
      `The inputs of this sample have different numbers of steps: ${formatList(each)}.`,
    );
  }
  if (count === 0 || count > mostSteps) {
    throw new ParetoError(
      'data/steps',
      count === 0
        ? 'This sample has no steps.'
        : `This sample has ${count} steps, more than the maximum of ${mostSteps}.`,
    );
  }
  return Array.from({ length: count }, (_, step) =>
    Object.fromEntries([
      ...fed.map(({ input, steps }) => [input.name, steps[step] ?? steps[0]!] as const),
      ...constant,
    ]),
  );
}

/** The sizes that this sample gives the free dimensions. */
function bindDimensions(fed: readonly FedInput[]): FreeDimensions {
  const bound = new Map<string, { readonly size: number; readonly by: string }>();
  for (const { input, steps } of fed) {
    steps[0]?.dims.forEach((size, axis) => {
      const key = freeDimensionKey(input, axis);
      if (input.shape === null || key === undefined) return;
      const before = bound.get(key);
      if (before !== undefined && before.size !== size) {
        throw new ParetoError(
          'data/shape',
          `Dimension "${key}" is ${before.size} in input "${before.by}" and ${size} in input "${input.name}" of the same sample.`,
        );
      }
      bound.set(key, { size, by: input.name });
    });
  }
  return Object.fromEntries([...bound].map(([key, { size }]) => [key, size]));
}

/** Symbols of the axes that count samples. */
function batchKeysOf(inputs: readonly InputDescription[], sources: readonly InputSource[]): ReadonlySet<string> {
  const keys = new Set(freeDimensionsOf(inputs).flatMap(({ isBatch, key }) => (isBatch ? key : [])));
  for (const { input } of sources) {
    const key = input.shape === null ? undefined : freeDimensionKey(input, 0);
    if (key !== undefined && input.shape!.length > 0) keys.add(key);
  }
  return keys;
}

/** `null`: any number. A state that has no room for several samples makes each of them run alone. */
function togetherOf(
  sources: readonly InputSource[],
  states: readonly InputDescription[],
  batchKeys: ReadonlySet<string>,
): number | null {
  const fixed = [...new Set(sources.flatMap((source) => source.samplesPerRun ?? []))].filter((count) => count > 1);
  if (fixed.length > 1) {
    throw new ParetoError(
      'mapping/batch',
      `The inputs of this model have different fixed batch sizes: ${formatList(fixed.map(String))}. Map arrays with the whole shape of each input.`,
    );
  }
  if (fixed[0] !== undefined) return fixed[0];
  const isAlone =
    sources.length === 0 ||
    sources.some((source) => source.samplesPerRun === 1) ||
    states.some((state) => batchAxisOf(state, batchKeys, null) === undefined);
  return isAlone ? 1 : null;
}

interface Shapes {
  readonly batchAxes: Readonly<Record<string, number>>;
  /** Returns the shape with 1 on the batch axis. */
  of(input: InputDescription, bound?: FreeDimensions): readonly number[];
}

function createShapes(
  { inputs, freeDimensions }: FeederRequest,
  sources: readonly InputSource[],
  { batchKeys, samplesPerRun }: { readonly batchKeys: ReadonlySet<string>; readonly samplesPerRun: number | null },
): Shapes {
  const fed = new Set(sources.map(({ input }) => input.name));
  const batchAxes = new Map<string, number>();
  for (const input of inputs) {
    const axis = fed.has(input.name) ? 0 : batchAxisOf(input, batchKeys, samplesPerRun);
    if (axis !== undefined) batchAxes.set(input.name, axis);
  }
  const single = Object.fromEntries([...batchKeys].map((key) => [key, 1]));
  const chosen = { ...withSuggestedDimensions(inputs, freeDimensions), ...single };
  return {
    batchAxes: Object.fromEntries(batchAxes),
    of: (input, bound) =>
      concreteShape(input, { ...chosen, ...bound }).map((size, axis) =>
        axis === batchAxes.get(input.name) && size === samplesPerRun ? 1 : size,
      ),
  };
}

/**
 * Finds the batch axis of a constant or a state. It is the free axis that counts samples, or the axis with the size of
 * a fixed batch.
 */
function batchAxisOf(
  input: InputDescription,
  batchKeys: ReadonlySet<string>,
  samplesPerRun: number | null,
): number | undefined {
  const { shape } = input;
  const axis = shape?.findIndex((_, each) => batchKeys.has(freeDimensionKey(input, each) ?? ''));
  if (axis !== undefined && axis >= 0) return axis;
  // Recurrent layers have it second: [layers, batch, size].
  const usual = shape?.length === 3 ? 1 : 0;
  return samplesPerRun !== null && samplesPerRun > 1 && shape?.[usual] === samplesPerRun ? usual : undefined;
}

function mappingOf({ inputs }: DataMapping, { name }: InputDescription): InputMapping {
  const mapping = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  if (mapping) return mapping;
  throw new ParetoError('mapping/input', `The mapping has no entry for input "${name}". Set its source.`);
}

function refuseUnknownInputs(mapping: DataMapping, inputs: readonly InputDescription[]): void {
  const unknown = Object.keys(mapping.inputs).find((name) => inputs.every((input) => input.name !== name));
  if (unknown === undefined) return;
  const known = formatList(inputs.map(({ name }) => `"${name}"`));
  throw new ParetoError('mapping/input', `The model has no input "${unknown}". It has ${known}.`);
}
