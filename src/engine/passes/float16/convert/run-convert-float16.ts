/** Weights and activations in float16: half of the bytes, and the numbers that graphics processors compute with. */
import { messageOf } from '../../../errors';
import { DataType } from '../../../onnx/data-type';
import { inferElementTypes } from '../../../onnx/element-types';
import type { Model, ValueName } from '../../../onnx/graph';
import { overridableInitializers } from '../../../onnx/overridable-initializers';
import { refuseWhole, type PassContext, type PassOutcome } from '../../pass';
import { convertModel } from './float16-graph';
import type { Float16Options } from './float16-options';
import { largestFloat16 } from '../float16-values';
import { chooseKeptNodes } from './kept-nodes';
import { observeLargestMagnitudes } from './largest-magnitudes';

/** Values out of the range of float16 can only be found while they are computed in float32. */
const alreadyFloat16 = refuseWhole(
  'already-float16',
  'The model is already float16. To keep values that overflow in float32, run restore-float first.',
);

/** `bytesToKeep` bounds the memory for kept weights; the result is the same. */
export async function runConvertFloat16(
  model: Model,
  options: Float16Options,
  context: PassContext,
  bytesToKeep?: number,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  const { graph } = model;
  if (!graph) return { model, changes: [], refusals: [] };
  const types = inferElementTypes(model);
  const values = new Set<ValueName>();
  const constants = new Set(graph.initializers.map(({ name }) => name));
  for (const { opType, inputs, outputs } of graph.nodes) {
    for (const name of opType === 'Constant' ? [] : [...inputs, ...outputs]) {
      if (!constants.has(name) && name !== '' && types.get(graph, name) === DataType.float32) values.add(name);
    }
  }
  const { large, obstacle } = await observeLarge(model, [...values], context);
  await context.checkpoint();
  const { kept, converted, refusals } = chooseKeptNodes(model, types, options, large);
  if (converted.every(({ node }) => node.opType === 'Cast')) {
    const isHalf = graph.nodes.some(({ outputs }) =>
      outputs.some((name) => types.get(graph, name) === DataType.float16),
    );
    if (isHalf || converted.length === 0) {
      return { model, changes: [], refusals: isHalf ? [...refusals, alreadyFloat16] : refusals };
    }
  }
  const { keepInputsOutputs } = options;
  const overridable = overridableInitializers(model);
  const small = convertModel({ model, types, kept, overridable, keepInputsOutputs, bytesToKeep });
  return {
    model: small,
    changes: converted.map(({ path, node }) => ({ path, op: node.opType ?? '', what: 'Computes in float16' })),
    refusals,
    ...(obstacle !== undefined && {
      sentence: `Only weights, and values that depend on large weights, were checked for float16 overflow, because ${obstacle}.`,
    }),
  };
}

/** Values that go beyond float16 on the data; `null` if they were not observed. */
async function observeLarge(
  model: Model,
  values: readonly ValueName[],
  context: PassContext,
): Promise<{ readonly large: ReadonlySet<ValueName> | null; readonly obstacle?: string }> {
  const { data, inference } = context;
  if (!data || !inference || data.samples === 0) return { large: null, obstacle: 'no data was given' };
  try {
    const magnitudes = await observeLargestMagnitudes(model, values, { ...context, data, inference });
    return { large: new Set(values.filter((name) => magnitudes.get(name)! > largestFloat16)) };
  } catch (error) {
    if (context.signal.aborted) throw error;
    const message = messageOf(error);
    return { large: null, obstacle: `the model could not be run on the data: ${message}` };
  }
}
