/**
 * Plans the form in which each layer stores its weight, and the requirements of that form on the model. Reads no
 * weights.
 */
import { DataType } from '../../../onnx/data-type';
import { getAttributeFloat, getAttributeInt, type NodeVisit } from '../../../onnx/traverse';
import type { Refusal } from '../../pass';
import { blockColumns, type GridForm, type WeightBits } from './weight-grid';
import type { WeightLayer } from './weight-layers';
import type { MatrixShape } from './weight-matrix';
import { smallEndsShare, smallLayersShare, usualBlockSize, type WeightsOptions } from './weights-options';
import { givenTo } from '../../node-names';

/**
 * `dequantize`: DequantizeLinear before the node. `matmul-nbits`: a product that reads whole numbers. `gather-rows`: rows of
 * whole numbers, each with its scale. `gather-blocks`: GatherBlockQuantized. `gather-tied`: the same, of the bytes that a MatMulNBits
 * reads.
 */
export type LayerForm = 'dequantize' | 'matmul-nbits' | 'gather-rows' | 'gather-blocks' | 'gather-tied';

export interface PlannedLayer {
  readonly layer: WeightLayer;
  readonly form: LayerForm;
  readonly grid: GridForm;
  /** The oldest operator set in which the form can be written. */
  readonly opset: number;
  /** It was to have fewer bits, which no kernel reads there. */
  readonly keepsMoreBits?: boolean;
  /** A lookup and a product share its numbers, so they are chosen for neither alone. */
  readonly isTied?: boolean;
}

export interface LayerPlan {
  readonly layers: readonly PlannedLayer[];
  readonly refusals: readonly Refusal[];
  /** The operator set of the default domain; 0 if any is enough. */
  readonly opset: number;
}

/** The operator set from which DequantizeLinear takes a scale for each channel. */
const opsetOfChannels = 13;
/** The operator set from which it takes 4-bit integers and blocks; float16 scales came shortly before. */
const opsetOfBlocks = 21;
/** A session of WebAssembly addresses 2³² bytes, for weights and activations. So many bytes of weights are not turned into floats at load. */
const mostFloatBytes = 3 * 2 ** 30;
/** A node, two or three tensors and their names in the file. */
const nodeBytes = 160;

/** @param newestOpset the newest operator set that the model can be converted to. */
export function planLayers(layers: readonly WeightLayer[], options: WeightsOptions, newestOpset: number): LayerPlan {
  const bits = chooseBits(layers, options);
  const staysWhole = options.form === 'auto' && floatBytesOf(layers) > mostFloatBytes;
  const formOptions: WeightsOptions = staysWhole ? { ...options, form: 'matmul-nbits' } : options;
  const blockSizes = chooseBlockSizes(layers, options);
  const planned: PlannedLayer[] = [];
  const refusals: Refusal[] = [];
  const tied = tiedLayers(layers, { bits, blockSizes }, options);
  // A table that is transposed for a product can only be stored for both of its readers.
  const isPossible = (layer: WeightLayer): boolean => layer.through === undefined || tied.has(layer);
  const possible = layers.filter(isPossible);
  for (const { visit, op, weight } of layers.filter((layer) => !isPossible(layer))) {
    const reason = `The weight "${weight.name}" is transposed for it, and its form cannot be shared with the lookup.`;
    refusals.push({ path: visit.path, op, code: 'unsupported-shape', reason });
  }
  const taken = new Set(possible.flatMap(({ visit, input, through }) => readersOf(visit, input, through)));
  for (const layer of possible) {
    const refuse = (code: string, reason: string): void => {
      refusals.push({ path: layer.visit.path, op: layer.op, code, reason });
    };
    const blockSize = blockSizes.get(layer)! || (staysWhole ? usualBlockSize : 0);
    const own = { bits: bits.get(layer)!, blockSize };
    const plan = tied.get(layer) ?? planLayer(layer, own, formOptions, newestOpset);
    const { consumers, isGraphOutput, name } = layer.weight;
    if (isGraphOutput || consumers.some(({ path, input }) => !taken.has(`${path} ${input}`))) {
      refuse(
        'read-as-float',
        `The weight "${name}" is also used unquantized elsewhere, so both forms would have to be stored.`,
      );
    } else if (plan.opset > newestOpset) {
      const reason = `Its form needs operator set ${plan.opset}, to which the model cannot be converted.`;
      refuse('opset-not-convertible', reason);
    } else if (!isSmaller(plan)) {
      refuse('not-smaller', 'It is so small that scales would take more bytes than quantization saves.');
    } else planned.push(plan);
  }
  return { layers: planned, refusals, opset: planned.reduce((most, { opset }) => Math.max(most, opset), 0) };
}

function floatBytesOf(layers: readonly WeightLayer[]): number {
  const sizes = new Map(layers.map(({ weight, shape }) => [weight.tensor, shape.rows * shape.columns * 4]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function readersOf(visit: NodeVisit, input: number, through: NodeVisit | undefined): readonly string[] {
  return [`${visit.path} ${input}`, ...(through ? [`${through.path} 0`] : [])];
}

interface Chosen {
  readonly bits: ReadonlyMap<WeightLayer, WeightBits>;
  readonly blockSizes: ReadonlyMap<WeightLayer, number>;
}

/**
 * Finds layers that look up rows of a matrix and layers that multiply with the same matrix. Both can read the same
 * bytes, since a GatherBlockQuantized of [rows, columns] is a MatMulNBits of [rows, blocks, block] in another shape.
 * They get the largest number of bits that one of them requests.
 */
function tiedLayers(
  layers: readonly WeightLayer[],
  { bits, blockSizes }: Chosen,
  { form, symmetric, tables }: WeightsOptions,
): ReadonlyMap<WeightLayer, PlannedLayer> {
  const found = new Map<WeightLayer, PlannedLayer>();
  if (form === 'dequantize' || tables === '8') return found;
  for (const table of layers.filter(({ op }) => op === 'Gather')) {
    const own = layers.filter(({ weight }) => weight.tensor === table.weight.tensor);
    const products = own.filter(({ op }) => op !== 'Gather');
    const blockSize = blockSizes.get(table)! || usualBlockSize;
    const isShared = products.length > 0 && table.shape.columns % blockSize === 0;
    const readAlike = products.every((layer) => layer.shape.storedBy === 'rows' && readsWholeNumbers(layer));
    if (!isShared || !readAlike) continue;
    const most = Math.max(...own.map((layer) => bits.get(layer)!)) as WeightBits;
    // No lookup reads 2 bits.
    const keepsMoreBits = most === 2;
    const grid: GridForm = { bits: keepsMoreBits ? 4 : most, symmetric, blockSize };
    for (const layer of own) {
      const shared = layer.op === 'Gather' ? 'gather-tied' : 'matmul-nbits';
      found.set(layer, { layer, form: shared, grid, opset: 0, isTied: true, ...(keepsMoreBits && { keepsMoreBits }) });
    }
  }
  return found;
}

function planLayer(
  layer: WeightLayer,
  { bits, blockSize }: Pick<GridForm, 'bits' | 'blockSize'>,
  options: WeightsOptions,
  newestOpset: number,
): PlannedLayer {
  const { op, shape, weight } = layer;
  if (bits === 2) {
    // MatMulNBits is the only kernel of ONNX Runtime that reads 2 bits on every provider.
    if (options.form === 'dequantize' || !readsWholeNumbers(layer)) {
      return { ...planLayer(layer, { bits: 4, blockSize }, options, newestOpset), keepsMoreBits: true };
    }
    const blocks = { bits, symmetric: options.symmetric, blockSize: blockSize || usualBlockSize };
    return { layer, form: 'matmul-nbits', grid: blocks, opset: 0 };
  }
  const isRaised = bits === 8 && options.bits !== '8';
  // A layer that keeps more bits than the others is exact enough with a scale for each channel.
  const grid: GridForm = isRaised
    ? { bits, symmetric: true, blockSize: 0 }
    : { bits, symmetric: options.symmetric, blockSize };
  if (op === 'Gather') return planTable(layer, grid, options.form);
  const reads = blockSize > 0 && !isRaised && readsWholeNumbers(layer);
  if (reads && (options.form === 'matmul-nbits' || (options.form === 'auto' && newestOpset < opsetOfBlocks))) {
    return { layer, form: 'matmul-nbits', grid, opset: 0 };
  }
  const isPlain = bits === 8 && blockColumns({ ...grid, columns: shape.columns }) === shape.columns;
  const opset = isPlain && weight.tensor.dataType === DataType.float32 ? opsetOfChannels : opsetOfBlocks;
  return { layer, form: 'dequantize', grid, opset };
}

/** Tables are read row by row: to turn all of one into floats for a few rows would cost more than the model. */
function planTable(layer: WeightLayer, grid: GridForm, form: WeightsOptions['form']): PlannedLayer {
  if (grid.bits === 8) {
    return { layer, form: 'gather-rows', grid: { bits: 8, symmetric: true, blockSize: 0 }, opset: 0 };
  }
  if (form === 'dequantize' || layer.shape.columns % 2 !== 0) {
    return { layer, form: 'dequantize', grid, opset: opsetOfBlocks };
  }
  return { layer, form: 'gather-blocks', grid: { ...grid, blockSize: grid.blockSize || usualBlockSize }, opset: 0 };
}

function readsWholeNumbers({ op, visit: { node } }: WeightLayer): boolean {
  if (op === 'MatMul') return true;
  if (op !== 'Gemm') return false;
  const isPlain = (name: string): boolean => (getAttributeFloat(node, name) ?? 1) === 1;
  return isPlain('alpha') && isPlain('beta') && (getAttributeInt(node, 'transA') ?? 0) === 0;
}

function isSmaller({ layer: { shape, weight }, grid }: PlannedLayer): boolean {
  const { rows, columns } = shape;
  const floatBytes = weight.tensor.dataType === DataType.float16 ? 2 : 4;
  const blocks = rows * Math.ceil(columns / blockColumns({ ...grid, columns }));
  const zeroPointBytes = grid.symmetric ? 0 : (blocks * grid.bits) / 8;
  const quantizedBytes = (rows * columns * grid.bits) / 8 + blocks * floatBytes + zeroPointBytes + nodeBytes;
  return quantizedBytes < rows * columns * floatBytes;
}

/**
 * The shape in which the file stores the matrix. It is the shape of the weight, except for kernels that are cut into
 * blocks and interleaved with other rows. They are stored row by row, and transposed when the model is loaded.
 */
export function storedShapeOf({ layer: { shape }, grid }: Pick<PlannedLayer, 'layer' | 'grid'>): MatrixShape {
  const { rows, columns, together = 1 } = shape;
  const isBlocked = blockColumns({ ...grid, columns }) < columns;
  return isBlocked && together > 1 ? { rows, columns, storedBy: 'rows' } : shape;
}

/**
 * The bits of each layer: those of the options, 8 for small ends and the smallest layers unless they are to be as the
 * others. These layers cost the most accuracy for their bytes at 4 bits or fewer. At 4 bits, the ends of seven networks cost
 * up to half of the KL divergence. The smallest layers of convolutional networks cost a third to seven tenths of it,
 * for 2 to 4 % of the file (docs/design/quantization.md).
 */
export function chooseBits(
  layers: readonly WeightLayer[],
  { bits, bitsByLayer, keepEnds, tables }: Pick<WeightsOptions, 'bits' | 'bitsByLayer' | 'keepEnds' | 'tables'>,
): ReadonlyMap<WeightLayer, WeightBits> {
  const multiplying = layers.filter(({ op }) => op !== 'Gather');
  const raised = new Set(bits === '8' || !keepEnds ? [] : [...smallEnds(multiplying), ...smallest(multiplying)]);
  return new Map(
    layers.map((layer) => {
      const isRaised = raised.has(layer) || (layer.op === 'Gather' && tables === '8');
      const own = givenTo(layer.visit, bitsByLayer) ?? (isRaised ? 8 : Number(bits));
      return [layer, own as WeightBits];
    }),
  );
}

/** The weights that share a scale in each layer: those of the options, 0 for a channel. */
function chooseBlockSizes(
  layers: readonly WeightLayer[],
  { blockSize, blockSizeByLayer }: Pick<WeightsOptions, 'blockSize' | 'blockSizeByLayer'>,
): ReadonlyMap<WeightLayer, number> {
  return new Map(layers.map((layer) => [layer, givenTo(layer.visit, blockSizeByLayer) ?? Number(blockSize)]));
}

function smallEnds(layers: readonly WeightLayer[]): readonly WeightLayer[] {
  const most = smallEndsShare * elementsOf(layers);
  const ends = [...new Set([layers.at(0), layers.at(-1)])].filter((layer) => layer !== undefined);
  const smallFirst = ends.toSorted((a, b) => elements(a) - elements(b));
  let sum = 0;
  return smallFirst.filter((layer) => (sum += elements(layer)) <= most);
}

/** Layers of the same size stay or go together: of the many alike of a transformer, a few would be raised for nothing. */
function smallest(layers: readonly WeightLayer[]): readonly WeightLayer[] {
  const most = smallLayersShare * elementsOf(layers);
  let raised: readonly WeightLayer[] = [];
  for (const size of [...new Set(layers.map(elements))].toSorted((a, b) => a - b)) {
    const upToSize = layers.filter((layer) => elements(layer) <= size);
    if (elementsOf(upToSize) > most) break;
    raised = upToSize;
  }
  return raised;
}

function elementsOf(layers: readonly WeightLayer[]): number {
  return layers.reduce((sum, layer) => sum + elements(layer), 0);
}

function elements({ shape }: WeightLayer): number {
  return shape.rows * shape.columns;
}
