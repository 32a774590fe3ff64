/** Floats of a file in float16 or bfloat16, with a Cast that gives them back. A runtime computes that once, when it loads the model. */
import { formatBytes, formatCounted, formatPercent } from '../../../format';
import { encodedBytes } from '../../../onnx/codec/encode-files';
import { DataType } from '../../../onnx/data-type';
import { ModelEditor } from '../../../onnx/edit';
import type { Model } from '../../../onnx/graph';
import { isDivisor, isStoredScale } from '../../../onnx/ops/registry';
import { overridableInitializers } from '../../../onnx/overridable-initializers';
import { elementCount } from '../../../onnx/tensor';
import { defaultOpsetVersion, nodes } from '../../../onnx/traverse';
import { weights, type Weight, type WeightConsumer } from '../../../onnx/weights';
import { tooLittleSaved } from '../../least-saving';
import { nothingFound } from '../../nothing-found';
import { refuseWhole, type Change, type PassContext, type PassOutcome, type Refusal } from '../../pass';
import { castNode } from '../../../onnx/create-node';
import { openWeight, pieceElementsOf, ReadBuffer } from '../../quantize/weight-reader';
import { createWorkMeter, type ProgressMeter } from '../../work-meter';
import { halfTypes, type HalfType } from '../float16-values';
import { HalfWeights } from '../half-weights';
import { storeCache } from './store-cache';
import type { StoreFloat16Options } from './store-float16-options';

/** The Cast with its names takes some 30 bytes. */
const castBytes = 32;
const leastNumbers = 24;

/** The operator sets in which Cast names types as it does today, and knows bfloat16. */
const leastOpsets = { float16: 6n, bfloat16: 13n } as const;

/** `bytesToKeep` bounds the memory for kept weights; the result is the same. */
export async function runStoreFloat16(
  model: Model,
  options: StoreFloat16Options,
  context: PassContext,
  bytesToKeep?: number,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  if (model.training.length > 0) {
    return leave(model, 'training', 'It contains training graphs, which change its weights.');
  }
  const leastOpset = leastOpsets[options.type];
  if (defaultOpsetVersion(model) < leastOpset) {
    return leave(model, 'opset', `Its operator set is older than ${leastOpset}. Run convert-opset first.`);
  }
  if (!options.cache) return storeConstants(model, options, context, bytesToKeep);
  const cache = storeCache(model);
  const constants = await storeConstants(cache.model, options, context, bytesToKeep);
  const sentence = [cache.sentence, constants.sentence].filter((each) => each !== undefined).join(' ');
  return {
    model: constants.model,
    changes: [...cache.changes, ...constants.changes],
    refusals: [...cache.refusals, ...constants.refusals],
    ...(sentence !== '' && { sentence }),
  };
}

function leave(model: Model, code: string, reason: string): PassOutcome {
  return { model, changes: [], refusals: [refuseWhole(code, reason)] };
}

async function storeConstants(
  model: Model,
  options: StoreFloat16Options,
  context: PassContext,
  bytesToKeep: number | undefined,
): Promise<PassOutcome> {
  const type: HalfType = halfTypes[options.type];
  // bfloat16 has too few digits for scales.
  const found = findFloats(model, options.scales && options.type === 'float16');
  if (found.length === 0) {
    const reason = `No float32 constant of ${leastNumbers} numbers or more could be stored as ${type.name}.`;
    return { model, changes: [], refusals: [nothingFound(model, reason)] };
  }
  const [before, expected] = [encodedBytes(model), found.reduce((sum, weight) => sum + savedBytes(weight), 0)];
  const tooLittle = tooLittleSaved(expected, before, options.leastSaving);
  if (tooLittle !== undefined) return leave(model, 'little-saved', tooLittle);
  const meter = createWorkMeter(context, `Storing constants as ${type.name}`);
  meter.start(found.reduce((sum, { tensor }) => sum + elementCount(tensor), 0));
  const { kept, refusals } = await assess(found, type, meter);
  meter.finish();
  if (kept.length === 0) return { model, changes: [], refusals };
  const halved = storeAsHalves(model, kept, new HalfWeights(bytesToKeep, type));
  const saved = before - encodedBytes(halved);
  return {
    model: halved,
    changes: kept.map((weight): Change => ({ ...placeOf(weight), what: `Stored as ${type.name}` })),
    refusals,
    sentence: `Storing ${formatCounted(kept.length, 'constant')} as ${type.name} saved ${formatBytes(saved)} (${formatPercent(saved / before)}).`,
  };
}

const savedBytes = ({ tensor }: Weight): number => elementCount(tensor) * 2 - castBytes;

const placeOf = ({ path, consumers }: Weight) => ({ path, op: consumers[0]?.node.opType ?? '' });

/** Constants that can have a Cast behind them. */
function findFloats(model: Model, scales: boolean): readonly Weight[] {
  const overridable = overridableInitializers(model);
  // Runtimes fuse integer nodes by their scales, and need these as constants.
  const computesIntegers = [...nodes(model)].some(({ node }) => node.opType === 'QuantizeLinear');
  const isReadAsConstant = (consumer: WeightConsumer): boolean =>
    isScale(consumer)
      ? !scales || computesIntegers
      : /^Q|^Dynamic|^Resize$|^Upsample$/.test(consumer.node.opType ?? '');
  return weights(model).filter(
    ({ tensor, name, owner, scope, consumers, isGraphOutput }) =>
      tensor.dataType === DataType.float32 &&
      (owner === 'initializer' || owner === 'constant') &&
      scope.graph !== undefined &&
      elementCount(tensor) >= leastNumbers &&
      !isGraphOutput &&
      !overridable.has(name) &&
      consumers.length > 0 &&
      !consumers.some(isReadAsConstant),
  );
}

const isScale = ({ node, input }: WeightConsumer): boolean => isStoredScale(node, input);

interface Assessment {
  readonly kept: readonly Weight[];
  readonly refusals: readonly Refusal[];
}

async function assess(found: readonly Weight[], type: HalfType, meter: ProgressMeter): Promise<Assessment> {
  const [kept, refusals]: [Weight[], Refusal[]] = [[], []];
  const buffer = new ReadBuffer();
  for (const weight of found) {
    const problem = await problemOf(weight, type, buffer, meter);
    if (problem === undefined) kept.push(weight);
    else refusals.push({ ...placeOf(weight), ...problem });
  }
  return { kept, refusals };
}

/**
 * The reason why a weight loses more than the digits of its type. A number is too large, or numbers are so small
 * that they have fewer digits. Each divisor needs all digits. Each scale needs them too, unless it is more than 256
 * times smaller than the largest: weights with such a scale contribute almost nothing. Other weights are checked by the
 * sum of their squared errors.
 */
async function problemOf(
  { tensor, consumers }: Weight,
  { name, error: digits, largest: most, bitsOf, valuesOf }: HalfType,
  buffer: ReadBuffer,
  meter: ProgressMeter,
): Promise<Pick<Refusal, 'code' | 'reason'> | undefined> {
  const reader = openWeight(tensor, buffer);
  const step = pieceElementsOf(1);
  let [largest, worst, error, total] = [0, 0, 0, 0];
  for (let start = 0; start < reader.elementCount; start += step) {
    const values = reader.read(start, Math.min(start + step, reader.elementCount));
    const halves = valuesOf(bitsOf(values));
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at]!;
      const [magnitude, difference] = [Math.abs(value), Math.abs(halves[at]! - value)];
      if (!(magnitude <= largest)) largest = magnitude;
      if (difference > digits * magnitude) worst = Math.max(worst, difference);
      error += difference * difference;
      total += value * value;
    }
    await meter.advance(values.length);
  }
  if (!(largest <= most)) {
    return {
      code: `beyond-${name}`,
      reason: `It contains a number that ${name} cannot represent: ${name === 'float16' ? 'beyond 65,504' : 'too large'}, infinite or NaN.`,
    };
  }
  const isTooSmall =
    (consumers.some(({ node, input }) => isDivisor(node, input)) && worst > 0) ||
    (consumers.some(isScale) && worst > (digits * largest) / 256) ||
    error > digits * digits * total;
  return isTooSmall
    ? { code: 'too-small', reason: `Its numbers are too small for the precision of ${name}.` }
    : undefined;
}

/** The constants in 16 bits under new names. The Casts have the old names as outputs. */
function storeAsHalves(model: Model, kept: readonly Weight[], halves: HalfWeights): Model {
  const editor = new ModelEditor(model);
  for (const { name, tensor, scope, consumers } of kept) {
    const graph = editor.editorOf(scope.graph!);
    const half = graph.freshValueName('h');
    graph.removeConstant(name);
    graph.addInitializer(halves.convert({ ...tensor, name }, half));
    const reader = consumers.find((consumer) => consumer.scope === scope)?.node;
    graph.insertBefore(reader ?? scope.nodes[0]!, [castNode('', half, name)]);
  }
  return editor.finish();
}
