/** Chooses the whole numbers of every layer: by GPTQ where the data tells its inputs, else to nearest. */
import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { readFloat32, withFloats } from '../../../onnx/tensor';
import type { PassContext, Refusal } from '../../pass';
import { createWorkMeter } from '../../work-meter';
import { float16Format, float32Format } from '../float-format';
import { quantizeByGptq } from './gptq';
import { BiasLookup, type LayerBias } from './layer-bias';
import type { LayerInput } from './layer-input';
import type { PlannedLayer } from './layer-plan';
import { mostColumns, SequentialInputs, type SequentialContext } from './sequential-gptq';
import { dequantize, minMaxGrid, roundToGrid, type QuantizedMatrix } from './weight-grid';
import { inStoredOrder, readRows } from './weight-matrix';

export interface QuantizedLayer {
  readonly planned: PlannedLayer;
  readonly quantized: QuantizedMatrix;
  readonly method: 'gptq' | 'rtn';
  /** Error of the outputs on the data as a share of their variance; of weights rounded to nearest not known. */
  readonly relativeError: number | null;
  /** The bias that makes up for shifted means, in the order of the tensor. */
  readonly bias?: { readonly at: LayerBias; readonly values: Float32Array };
}

export interface QuantizedLayers {
  readonly layers: readonly QuantizedLayer[];
  readonly refusals: readonly Refusal[];
  /** Why GPTQ could not be done, where it was asked for. */
  readonly obstacle?: string;
}

export async function quantizeLayers(
  model: Model,
  planned: readonly PlannedLayer[],
  method: 'gptq' | 'rtn',
  context: PassContext,
): Promise<QuantizedLayers> {
  const run = new LayerQuantizer(model, context);
  const { data, inference } = context;
  if (method === 'rtn' || !data || !inference || data.samples === 0) {
    await run.roundAll(planned);
    const obstacle = method === 'rtn' ? undefined : 'no data to calibrate with was given';
    return { ...run.result(planned), ...(obstacle !== undefined && { obstacle }) };
  }
  const sequential = planned.filter((layer) => isSequential(model, layer));
  await run.roundAll(planned.filter((layer) => !sequential.includes(layer)));
  try {
    await run.sweepAll(sequential, { ...context, data, inference });
    return run.result(planned);
  } catch (error) {
    if (context.signal.aborted) throw error;
    // A model that cannot be run on this data can still be rounded.
    const rounding = new LayerQuantizer(model, context);
    await rounding.roundAll(planned);
    return { ...rounding.result(planned), obstacle: `the model could not be run on the data: ${messageOf(error)}` };
  }
}

/** Layers whose inputs can be seen: of the main graph, with a weight of their own. */
function isSequential(model: Model, { layer }: PlannedLayer): boolean {
  const { op, visit, weight, shape } = layer;
  if (op === 'Gather' || visit.scope.graph !== model.graph || weight.scope.graph !== model.graph) return false;
  return weight.consumers.length === 1 && shape.columns <= mostColumns;
}

class LayerQuantizer {
  readonly #context: PassContext;
  readonly #model: Model;
  readonly #layers = new Map<PlannedLayer, QuantizedLayer>();
  readonly #refusals: Refusal[] = [];

  constructor(model: Model, context: PassContext) {
    this.#model = model;
    this.#context = context;
  }

  result(planned: readonly PlannedLayer[]): QuantizedLayers {
    const layers = planned.map((layer) => this.#layers.get(layer)).filter((layer) => layer !== undefined);
    return { layers, refusals: this.#refusals };
  }

  async roundAll(planned: readonly PlannedLayer[]): Promise<void> {
    const meter = createWorkMeter(this.#context, 'Rounding weights');
    const elements = ({ layer: { shape } }: PlannedLayer): number => shape.rows * shape.columns;
    meter.start(planned.reduce((sum, layer) => sum + elements(layer), 0));
    for (const layer of planned) {
      if (!this.#layers.has(layer)) this.#round(layer);
      await meter.advance(elements(layer));
    }
    if (planned.length > 0) meter.finish();
  }

  async sweepAll(planned: readonly PlannedLayer[], context: SequentialContext): Promise<void> {
    const inputs = new SequentialInputs(this.#model, planned, context);
    const biases = new BiasLookup(this.#model);
    for (const layer of this.#layers.values()) replaceWeight(inputs, layer);
    await inputs.visit(async (layer, groups) => {
      const swept = await this.#sweep(layer, groups, biases.find(layer.layer));
      if (swept === undefined) this.#round(layer);
      else this.#layers.set(layer, swept);
      const done = this.#layers.get(layer);
      if (done) replaceWeight(inputs, done);
    });
  }

  /** `undefined` where the inputs say nothing. */
  async #sweep(
    planned: PlannedLayer,
    groups: readonly LayerInput[],
    bias: LayerBias | undefined,
  ): Promise<QuantizedLayer | undefined> {
    const { shape } = planned.layer;
    const values = this.#readFinite(planned);
    if (values === undefined || groups.length === 0) return undefined;
    const rows = shape.rows / groups.length;
    const parts = [];
    for (const [index, input] of groups.entries()) {
      const part = values.subarray(index * rows * shape.columns, (index + 1) * rows * shape.columns);
      const checkpoint = (): Promise<void> => this.#context.checkpoint();
      const swept = await quantizeByGptq(part, rows, input, planned.grid, checkpoint, roundScaleOf(planned));
      const grid = swept ? undefined : minMaxGrid(part, rows, shape.columns, planned.grid, roundScaleOf(planned));
      parts.push(
        swept ?? { quantized: roundToGrid(part, grid!), biasShift: new Float64Array(rows), relativeError: null },
      );
    }
    const errors = parts.flatMap(({ relativeError }) => relativeError ?? []);
    return {
      planned,
      quantized: joinRows(parts.map(({ quantized }) => quantized)),
      method: 'gptq',
      relativeError: errors.length === 0 ? null : errors.reduce((sum, error) => sum + error, 0) / errors.length,
      ...(bias && {
        bias: {
          at: bias,
          values: shifted(
            bias,
            parts.map(({ biasShift }) => biasShift),
          ),
        },
      }),
    };
  }

  #round(planned: PlannedLayer): void {
    const { rows, columns } = planned.layer.shape;
    const values = this.#readFinite(planned);
    if (values === undefined) return;
    const quantized = roundToGrid(values, minMaxGrid(values, rows, columns, planned.grid, roundScaleOf(planned)));
    this.#layers.set(planned, { planned, quantized, method: 'rtn', relativeError: null });
  }

  #readFinite({ layer }: PlannedLayer): Float32Array | undefined {
    const values = readRows(layer.weight.tensor, layer.shape);
    if (values.every((value) => Number.isFinite(value))) return values;
    const { path } = layer.visit;
    const reason = `The weight "${layer.weight.name}" holds NaN or infinity, which no integer can stand for.`;
    if (!this.#refusals.some((refusal) => refusal.path === path)) {
      this.#refusals.push({ path, op: layer.op, code: 'not-finite', reason });
    }
    return undefined;
  }
}

function replaceWeight(inputs: SequentialInputs, { planned: { layer }, quantized, bias }: QuantizedLayer): void {
  const { weight, shape } = layer;
  inputs.replace(weight.name, withFloats(weight.tensor, inStoredOrder(dequantize(quantized), shape)));
  if (bias) inputs.replace(bias.at.weight.name, withFloats(bias.at.weight.tensor, bias.values));
}

function roundScaleOf({ layer }: PlannedLayer): (scale: number) => number {
  return (layer.weight.tensor.dataType === DataType.float16 ? float16Format : float32Format).round;
}

function shifted({ weight, factor }: LayerBias, shifts: readonly Float64Array[]): Float32Array {
  const values = readFloat32(weight.tensor).slice();
  let at = 0;
  for (const shift of shifts) for (const amount of shift) values[at++]! += factor * amount;
  return values;
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
