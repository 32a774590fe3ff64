/**
 * Chooses the integers of every layer: by GPTQ or AdaRound if the data gives its inputs, otherwise from the weights
 * alone.
 */
import { messageOf } from '../../../errors';
import type { Model, Tensor } from '../../../onnx/graph';
import { elementCount, readFloat32, withFloats } from '../../../onnx/tensor';
import type { Weight } from '../../../onnx/weights';
import type { PassContext, Refusal } from '../../pass';
import { createWorkMeter } from '../../work-meter';
import { LastResult } from '../last-result';
import { openStreamedWeight, openWeight, ReadBuffer } from '../weight-reader';
import { roomForColumns } from './column-blocks-kernel';
import { canLearnRounding } from '../learn-rounding';
import { roundByAdaRound } from './adaround';
import { roundByGptq } from './gptq';
import { BiasLookup, type LayerBias } from './layer-bias';
import type { LayerInput } from './layer-input';
import type { PlannedLayer } from './layer-plan';
import { packWeight, type PackedWeight } from './packed-weights';
import { roundOnInputs, type InputRounder } from './round-on-inputs';
import {
  finish,
  fitOf,
  levelsOfLayer,
  packRounded,
  pieceRounderFor,
  roundLayer,
  roundRows,
  usualMethod,
  type PieceRounder,
} from './round-layers';
import { inputOf, mostColumns, SequentialInputs, type SequentialContext } from './sequential-inputs';
import { compareWeights, rowsOf, rowsToCompare, type WeightComparison } from './weight-error';
import { dequantize, fitGrid, roundToGrid, type QuantizedMatrix } from './weight-grid';
import { inRows, inStoredOrder, isFinite, type MatrixShape, type RowSample } from './weight-matrix';
import { computedStorage, storageOf, storedSizeOf, withBytes, type StoredWeight } from './weight-storage';
import { isInputMethod, type DataFreeMethod, type InputMethod, type LayerMethod } from './weights-options';

export interface QuantizedLayer {
  readonly planned: PlannedLayer;
  readonly stored: StoredWeight;
  readonly method: LayerMethod;
  /** Error of the outputs on the data as a share of their variance; unknown if the inputs were not observed. */
  readonly relativeError: number | null;
  readonly comparison: WeightComparison;
}

/** The bias that makes up for shifted means, in the order of the tensor. */
export interface CorrectedBias {
  readonly at: LayerBias;
  readonly values: Float32Array;
}

export interface QuantizedLayers {
  readonly layers: readonly QuantizedLayer[];
  readonly biases: readonly CorrectedBias[];
  readonly refusals: readonly Refusal[];
  /** Layers without useful inputs: they never vary on the data, or hold NaN or infinity there. */
  readonly unfitted: number;
  /** The reason that data was not used, if the method needs it. */
  readonly obstacle?: string;
}

/**
 * The limit for integers that are chosen without data and kept. Others are computed whenever they are read, above all
 * when the variant is written.
 */
const usualBytesToKeep = 256 * 2 ** 20;

/** An `obstacle`. */
const noData = 'there is no calibration data';

/** `bytesToKeep` bounds the memory for kept values; the result is the same. */
export async function quantizeLayers(
  model: Model,
  planned: readonly PlannedLayer[],
  method: LayerMethod | 'by-layer',
  context: PassContext,
  bytesToKeep = usualBytesToKeep,
): Promise<QuantizedLayers> {
  const run = new LayerQuantizer(model, method, context, bytesToKeep);
  const { data, inference } = context;
  if (!isInputMethod(method) || !data || !inference || data.samples === 0) {
    await run.roundAll(planned);
    return { ...run.result(planned), ...(isInputMethod(method) && { obstacle: noData }) };
  }
  const sequential = planned.filter((layer) => isSequential(model, layer));
  try {
    await run.roundOnData(sequential, planned, method, { ...context, data, inference });
    return run.result(planned);
  } catch (error) {
    if (context.signal.aborted) throw error;
    // A model that cannot be run on this data can still be rounded.
    const rounding = new LayerQuantizer(model, method, context, bytesToKeep);
    await rounding.roundAll(planned);
    return { ...rounding.result(planned), obstacle: `the model could not run on the data: ${messageOf(error)}` };
  }
}

const inputRounders: Readonly<Record<InputMethod, InputRounder>> = { gptq: roundByGptq, adaround: roundByAdaRound };

/** GPTQ replaces AdaRound for layers that would take minutes instead of seconds. */
function inputMethodFor(method: InputMethod, rows: number, columns: number): InputMethod {
  return method === 'adaround' && !canLearnRounding(rows, columns) ? 'gptq' : method;
}

/** Layers whose inputs can be seen: of the main graph, with a weight of their own. */
function isSequential(model: Model, planned: PlannedLayer): boolean {
  const { op, visit, weight, shape } = planned.layer;
  if (
    planned.isTied === true ||
    op === 'Gather' ||
    visit.scope.graph !== model.graph ||
    weight.scope.graph !== model.graph
  )
    return false;
  return weight.consumers.length === 1 && shape.columns <= mostColumns && inputOf(planned) !== undefined;
}

class LayerQuantizer {
  readonly #context: PassContext;
  readonly #model: Model;
  /** `undefined`: the method that suits each layer. */
  readonly #method: DataFreeMethod | undefined;
  readonly #bytesToKeep: number;
  readonly #last = new LastResult<PackedWeight>();
  readonly #layers = new Map<PlannedLayer, QuantizedLayer>();
  readonly #biases = new Map<Weight, CorrectedBias>();
  readonly #refusals: Refusal[] = [];
  readonly #buffer = new ReadBuffer();
  readonly #columns = new ReadBuffer(roomForColumns);
  #keptBytes = 0;
  #unfitted = 0;

  constructor(model: Model, method: LayerMethod | 'by-layer', context: PassContext, bytesToKeep: number) {
    this.#model = model;
    this.#method = isInputMethod(method) || method === 'by-layer' ? undefined : method;
    this.#context = context;
    this.#bytesToKeep = bytesToKeep;
  }

  result(planned: readonly PlannedLayer[]): QuantizedLayers {
    const layers = planned.map((layer) => this.#layers.get(layer)).filter((layer) => layer !== undefined);
    return { layers, biases: [...this.#biases.values()], refusals: this.#refusals, unfitted: this.#unfitted };
  }

  /** @param inputs are to see the result. */
  async roundAll(planned: readonly PlannedLayer[], inputs?: SequentialInputs): Promise<void> {
    const meter = createWorkMeter(this.#context, 'Rounding weights');
    meter.start(planned.reduce((sum, { layer }) => sum + elementCount(layer.weight.tensor), 0));
    for (const layer of planned) {
      const twin = this.#twinOf(layer);
      if (twin === undefined) await this.#round(layer, (done) => meter.advance(done), inputs);
      else {
        this.#layers.set(layer, { ...twin, planned: layer });
        await meter.advance(elementCount(layer.layer.weight.tensor));
      }
    }
    if (planned.length > 0) meter.finish();
  }

  /** The layer of another node that reads the same weight and is rounded in the same way already. */
  #twinOf(planned: PlannedLayer): QuantizedLayer | undefined {
    const { tensor } = planned.layer.weight;
    const method = this.#dataFreeMethod(planned);
    const wanted = storedForm(planned);
    return [...this.#layers.values()].find(
      (other) =>
        other.planned.layer.weight.tensor === tensor && other.method === method && storedForm(other.planned) === wanted,
    );
  }

  #dataFreeMethod(planned: PlannedLayer): DataFreeMethod {
    return this.#method ?? usualMethod(planned);
  }

  /** Rounds the layers that are not `sequential` first. */
  async roundOnData(
    sequential: readonly PlannedLayer[],
    all: readonly PlannedLayer[],
    method: InputMethod,
    context: SequentialContext,
  ): Promise<void> {
    const inputs = new SequentialInputs(this.#model, sequential, context);
    const biases = new BiasLookup(this.#model);
    const others = all.filter((layer) => !sequential.includes(layer));
    await this.roundAll(others, inputs);
    await inputs.visit(async (layer, groups) => {
      const { rows, columns } = layer.layer.shape;
      const own = inputMethodFor(method, rows / Math.max(1, groups.length), columns);
      const isRounded = await this.#roundOnInputs(layer, groups, own, biases.find(layer.layer), inputs);
      if (!isRounded) await this.#round(layer, () => this.#context.checkpoint(), inputs);
    });
  }

  /** False if the inputs say nothing. */
  async #roundOnInputs(
    planned: PlannedLayer,
    groups: readonly LayerInput[],
    method: InputMethod,
    bias: LayerBias | undefined,
    inputs: SequentialInputs,
  ): Promise<boolean> {
    const { shape, weight } = planned.layer;
    const stored = this.#readFinite(planned);
    if (stored === undefined || groups.length === 0) return false;
    const values = inRows(stored, shape);
    const { columns } = shape;
    const rows = shape.rows / groups.length;
    const levels = levelsOfLayer(planned);
    // The range is as good a start as other grids, except for 2 bits.
    const fitBlock = fitOf(planned.grid.bits === 2 ? 'mse' : 'rtn');
    const choice = { levels, fitBlock, round: inputRounders[method] };
    const parts = [];
    let isFitted = false;
    for (const [index, input] of groups.entries()) {
      const part = values.subarray(index * rows * columns, (index + 1) * rows * columns);
      const seen = bias ? input : input.aboutZero;
      const found = await roundOnInputs(part, rows, seen, choice, () => this.#context.checkpoint());
      isFitted ||= found !== undefined;
      const biasShift = new Float64Array(rows);
      const rounded = (): QuantizedMatrix => roundToGrid(part, fitGrid(part, rows, columns, levels, fitBlock), levels);
      parts.push(found ?? { quantized: rounded(), biasShift, relativeError: null });
    }
    if (!isFitted) {
      this.#unfitted += 1;
      return false;
    }
    const quantized = joinRows(parts.map((part) => part.quantized));
    const errors = parts.flatMap(({ relativeError }) => relativeError ?? []);
    const error = errors.length === 0 ? null : errors.reduce((sum, one) => sum + one, 0) / errors.length;
    const comparison = compareWeights(sampleOf(stored, shape), (_, indices) => rowsOf(quantized, indices));
    this.#keep({ planned, method, relativeError: error, comparison }, packWeight(planned, quantized));
    inputs.replace(weight.name, withFloats(weight.tensor, inStoredOrder(dequantize(quantized), shape)));
    if (!bias) return true;
    const shifts = parts.flatMap(({ biasShift }) => [...biasShift]);
    const corrected = this.#shift(bias, shifts);
    inputs.replace(bias.weight.name, withFloats(bias.weight.tensor, corrected));
    return true;
  }

  /** Adds to the present bias: a recurrent node has one for both of its weights. */
  #shift(bias: LayerBias, shifts: readonly number[]): Float32Array {
    const before = this.#biases.get(bias.weight)?.values ?? readFloat32(bias.weight.tensor);
    const values = before.slice();
    for (const [row, shift] of shifts.entries()) values[bias.indexOf(row)]! += bias.factor * shift;
    this.#biases.set(bias.weight, { at: bias, values });
    return values;
  }

  async #round(planned: PlannedLayer, advance: Advance, inputs?: SequentialInputs): Promise<void> {
    const { weight, shape } = planned.layer;
    const method = this.#dataFreeMethod(planned);
    const roundPieces = inputs ? undefined : pieceRounderFor(planned, method);
    if (roundPieces) {
      await this.#roundAsRead(planned, method, roundPieces, advance);
      return;
    }
    const values = this.#readFinite(planned);
    if (values === undefined) return;
    if (inputs) {
      // Other layers must observe the rounded weights.
      const quantized = await stepByStep(roundLayer(planned, method, values), advance);
      const comparison = compareWeights(sampleOf(values, shape), (_, indices) => rowsOf(quantized, indices));
      this.#keep({ planned, method, relativeError: null, comparison }, packWeight(planned, quantized));
      inputs.replace(weight.name, withFloats(weight.tensor, inStoredOrder(dequantize(quantized), shape)));
      return;
    }
    const comparison = compareRounded(planned, method, sampleOf(values, shape));
    const layer = { planned, method, relativeError: null, comparison };
    if (this.#hasRoom(planned)) {
      this.#keep(layer, await stepByStep(packRounded(planned, method, values), advance));
      return;
    }
    this.#computeLater(layer, () => finish(packRounded(planned, method, this.#read(weight.tensor))));
    await advance(values.length);
  }

  /** Piece by piece. */
  async #roundAsRead(
    planned: PlannedLayer,
    method: DataFreeMethod,
    roundPieces: PieceRounder,
    advance: Advance,
  ): Promise<void> {
    const { weight, shape } = planned.layer;
    const sample = rowsToCompare(shape);
    const read = this.#reader(weight.tensor);
    const readAndSample = (start: number, end: number): Float32Array => {
      const values = read(start, end);
      sample.gather(values, start / shape.rows);
      return values;
    };
    const packed = await stepByStep(roundPieces(planned, readAndSample), advance);
    if (packed === undefined) {
      this.#refuseNotFinite(planned);
      return;
    }
    const layer = { planned, method, relativeError: null, comparison: compareRounded(planned, method, sample) };
    if (this.#hasRoom(planned)) this.#keep(layer, packed);
    else this.#computeLater(layer, () => finish(roundPieces(planned, this.#reader(weight.tensor)))!);
  }

  #hasRoom(planned: PlannedLayer): boolean {
    return this.#keptBytes + storedSizeOf(storageOf(planned)) <= this.#bytesToKeep;
  }

  #computeLater(layer: Omit<QuantizedLayer, 'stored'>, compute: () => PackedWeight): void {
    const stored = computedStorage(storageOf(layer.planned), compute, this.#last);
    this.#layers.set(layer.planned, { ...layer, stored });
  }

  #keep(layer: Omit<QuantizedLayer, 'stored'>, packed: PackedWeight): void {
    const stored = withBytes(storageOf(layer.planned), packed);
    this.#keptBytes += storedSizeOf(stored);
    this.#layers.set(layer.planned, { ...layer, stored });
  }

  /** Reads the values in the order of the tensor. They are valid until the next tensor is read. */
  #read(tensor: Tensor): Float32Array {
    return openWeight(tensor, this.#buffer).read(0, elementCount(tensor));
  }

  /** Reads the values piece by piece: numbers from `start` to before `end`. */
  #reader(tensor: Tensor): (start: number, end: number) => Float32Array {
    const { read } = openStreamedWeight(tensor, this.#columns) ?? openWeight(tensor, this.#buffer);
    return read;
  }

  /** `undefined` if it cannot be quantized. */
  #readFinite(planned: PlannedLayer): Float32Array | undefined {
    const values = this.#read(planned.layer.weight.tensor);
    if (isFinite(values)) return values;
    this.#refuseNotFinite(planned);
    return undefined;
  }

  #refuseNotFinite({ layer }: PlannedLayer): void {
    const { path } = layer.visit;
    const reason = `The weight "${layer.weight.name}" contains NaN or infinity, which integers cannot represent.`;
    if (!this.#refusals.some((refusal) => refusal.path === path)) {
      this.#refusals.push({ path, op: layer.op, code: 'not-finite', reason });
    }
  }
}

function storedForm({ layer, grid, form }: PlannedLayer): string {
  return JSON.stringify([layer.shape, grid, form === 'gather-tied' ? 'matmul-nbits' : form]);
}

function sampleOf(stored: Float32Array, shape: MatrixShape): RowSample {
  const sample = rowsToCompare(shape);
  sample.gather(stored);
  return sample;
}

/** Compares roundings of sampled rows, from the weights alone. */
function compareRounded(planned: PlannedLayer, method: DataFreeMethod, sample: RowSample): WeightComparison {
  const { columns } = planned.layer.shape;
  const levels = levelsOfLayer(planned);
  return compareWeights(sample, (values, { length }) =>
    finish(roundRows(values, { rows: length, columns }, levels, method)),
  );
}

/** Receives the number of weights that each step has finished. */
type Advance = (weights: number) => Promise<void>;

async function stepByStep<Result>(steps: Generator<number, Result, void>, advance: Advance): Promise<Result> {
  let step = steps.next();
  for (; !step.done; step = steps.next()) await advance(step.value);
  return step.value;
}

/** Matrices one below the other. */
function joinRows(parts: readonly QuantizedMatrix[]): QuantizedMatrix {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const rows = parts.reduce((sum, { grid }) => sum + grid.rows, 0);
  const { columns, blocks } = first!.grid;
  const codes = new Uint8Array(rows * columns);
  const scales = new Float32Array(rows * blocks);
  const zeroPoints = new Uint8Array(rows * blocks);
  let row = 0;
  for (const part of parts) {
    codes.set(part.codes, row * columns);
    scales.set(part.grid.scales, row * blocks);
    zeroPoints.set(part.grid.zeroPoints, row * blocks);
    row += part.grid.rows;
  }
  return { codes, grid: { ...first!.grid, rows, scales, zeroPoints } };
}
