/** Inputs and outputs of the layers of the original on calibration samples. */
import { observeValues } from '../../../../calibration/observe-values';
import type { Feeds, FeedTensor } from '../../../../data/feeds';
import type { Inference } from '../../../../inference';
import { NormalSums } from '../../../../linear-algebra/normal-sums';
import type { Model, ValueName } from '../../../../onnx/graph';
import { layerMatrix, type LayerKind, type LayerMatrix } from '../repair/layer-matrix';
import { channelView, spreadPositions, writeChannels, type ChannelView } from '../repair/layer-rows';
import type { RepairableLayer } from '../repair/repairable-layers';
import { outputPaths } from '../repair/output-paths';
import { residualSums } from '../repair/residual-sums';
import type { CoupledChannels } from '../../../../onnx/coupling/couple-channels';

/** Sums over more inputs take too long to make and to solve. */
export const mostFittedInputs = 1152;
/** Rows of a problem for each of its inputs, and the bounds of how many there are. */
const rowsPerInput = 10;
const fewestRows = 8192;
const mostRows = 16_384;

/** The outputs of a layer at some positions of a sample. */
export interface OutputRows {
  /** The dimensions of the whole output. */
  readonly dims: readonly number[];
  /** The positions that `spreadPositions` returns. */
  readonly positions: Int32Array;
  /** [outputs, positions]. */
  readonly values: Float32Array;
}

export interface TeacherFacts {
  /** Sums over the channels that a layer consumes, by the value that it reads. */
  readonly inputs: ReadonlyMap<ValueName, NormalSums>;
  /** Outputs by the value that a layer computes, one entry for each sample. */
  readonly outputs: ReadonlyMap<ValueName, readonly OutputRows[]>;
  /**
   * The value that the output of a layer is added to, at the same positions, for layers that end a residual block.
   * Empty unless wanted.
   */
  readonly skips: ReadonlyMap<ValueName, readonly OutputRows[]>;
}

export interface TeacherRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly model: Model;
  readonly coupled: Pick<CoupledChannels, 'constants'>;
  readonly layers: readonly RepairableLayer[];
  /** First those to fit with, of which there are `fitted`; inputs are summed up over these only. */
  readonly samples: readonly Feeds[];
  readonly fitted: number;
  /** Values that are to be summed up over their last axis too. */
  readonly others?: Iterable<ValueName>;
  /** True to keep sums over inputs, which is the default. */
  readonly keepsInputs?: boolean;
  /** Keeps rows of outputs, and of the values that outputs are added to. */
  readonly keepsOutputs: boolean;
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

/** The number of rows of a sample for a layer with that many inputs. */
export function rowsPerSample(inputs: number, samples: number): number {
  return Math.ceil(Math.min(mostRows, Math.max(fewestRows, rowsPerInput * inputs)) / Math.max(1, samples));
}

/** Sums are kept only if the system can be solved. Wider inputs have only their squares. */
export async function observeTeacher(request: TeacherRequest): Promise<TeacherFacts> {
  const { coupled, layers, samples, fitted, keepsInputs = true, checkpoint } = request;
  const inputs = new Map<ValueName, SummedInput>();
  for (const name of request.others ?? []) inputs.set(name, { kind: 'product', sums: undefined });
  const outputs = new Map<ValueName, KeptRows>();
  for (const layer of layers) {
    const matrix = layerMatrix(layer, coupled.constants.get(layer.weight)!)!;
    if (keepsInputs && layer.consumes !== undefined)
      inputs.set(layer.data, { kind: matrix.kind, channels: matrix.inputs, sums: undefined });
    if (request.keepsOutputs) outputs.set(layer.output, { matrix, rows: [] });
  }
  const skips = new Map<ValueName, KeptRows>();
  const bySkip = new Map<ValueName, KeptRows[]>();
  if (request.keepsOutputs) {
    for (const [output, { skip }] of residualSums(outputPaths(request.model, coupled.constants, layers))) {
      const kept: KeptRows = { matrix: outputs.get(output)!.matrix, rows: [] };
      skips.set(output, kept);
      bySkip.set(skip, [...(bySkip.get(skip) ?? []), kept]);
    }
  }
  const visit = async (name: string, tensor: FeedTensor, sample: number): Promise<void> => {
    const input = inputs.get(name);
    if (input && sample < fitted) {
      const view = channelView(tensor, input.kind);
      const isWhole = view !== undefined && view.channels === (input.channels ?? view.channels);
      if (isWhole && view.channels <= mostFittedInputs) {
        input.sums ??= new NormalSums(view.channels);
        await addChannels(input.sums, view, { sample, samples: fitted }, checkpoint);
      }
    }
    for (const { matrix, rows } of [outputs.get(name) ?? [], bySkip.get(name) ?? []].flat()) {
      const view = channelView(tensor, matrix.kind);
      if (view === undefined) continue;
      const positions = spreadPositions(view, rowsPerSample(fittedInputs(matrix), fitted), sample);
      rows.push({ dims: tensor.dims, positions, values: channelRows(view, positions) });
    }
  };
  const names = new Set([...inputs.keys(), ...outputs.keys(), ...bySkip.keys()]);
  await observeValues({
    signal: request.signal,
    inference: request.inference,
    model: request.model,
    values: Array.from(names, (name) => ({ name, estimatedBytes: 2 ** 20 })),
    feeds: () => samples,
    samples: samples.length,
    visit,
    progress: (done, total) => request.progress(done, total),
  });
  for (const { sums } of inputs.values()) await sums?.flush(checkpoint);
  return {
    inputs: new Map([...inputs].flatMap(([name, { sums }]) => (sums ? [[name, sums] as const] : []))),
    outputs: rowsOf(outputs),
    skips: rowsOf(skips),
  };
}

interface SummedInput {
  readonly kind: LayerKind;
  readonly channels?: number;
  sums: NormalSums | undefined;
}

interface KeptRows {
  readonly matrix: LayerMatrix;
  readonly rows: OutputRows[];
}

function rowsOf(kept: ReadonlyMap<ValueName, KeptRows>): TeacherFacts['outputs'] {
  return new Map(Array.from(kept, ([name, { rows }]) => [name, rows] as const));
}

/** Unknowns of the problem that a layer's output gives. */
export function fittedInputs({ kind, inputs, taps }: LayerMatrix): number {
  return kind === 'depthwise' ? taps : inputs * taps;
}

/** Adds the channels at spread positions of one of so many samples. The sums are whole once they are flushed. */
export async function addChannels(
  sums: NormalSums,
  view: ChannelView,
  { sample, samples }: { readonly sample: number; readonly samples: number },
  checkpoint: () => Promise<void>,
): Promise<void> {
  const positions = spreadPositions(view, rowsPerSample(view.channels, samples), sample);
  for (let start = 0; start < positions.length;) {
    const some = positions.subarray(start, start + sums.capacity - sums.filled);
    writeChannels(view, some, sums.inputPanel.subarray(sums.filled), sums.capacity);
    await sums.fill(some.length, checkpoint);
    start += some.length;
  }
}

function channelRows(view: ChannelView, positions: Int32Array): Float32Array {
  const panel = new Float64Array(view.channels * positions.length);
  writeChannels(view, positions, panel, positions.length);
  return Float32Array.from(panel);
}
