/** SparseGPT over a model: layer after layer, each on the outputs of the sparse layers before it. */
import { openTunable, type TunableSession } from '../../../calibration/tunable-session';
import type { Feeds, FeedTensor } from '../../../data/feeds';
import type { Inference } from '../../../inference';
import { NormalSums } from '../../../linear-algebra/normal-sums';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { upToValues } from '../../../onnx/parts/up-to-values';
import { tensorOfMatrix } from '../channels/repair/layer-matrix';
import { channelView, PatchReader, spreadPositions, writeChannels } from '../channels/repair/layer-rows';
import { fittedInputs, mostFittedInputs, rowsPerSample } from '../channels/trial/teacher-facts';
import { replaceConstants } from '../../../onnx/replace-constants';
import type { PrunedLayer } from './layers-to-prune';
import type { SparsityPattern } from './sparsity-pattern';
import { sparsify } from './sparse-gpt';

/** Layers that share a session: it runs up to the last of them for each. */
const layersPerSession = 6;

export interface SparseGptRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly model: Model;
  readonly layers: readonly PrunedLayer[];
  readonly samples: readonly Feeds[];
  readonly amount: number;
  readonly pattern: SparsityPattern | undefined;
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

/** True if the second moments of its inputs can be inverted. Other layers lose the smallest weights of their rows. */
function isSweepable({ matrix: { kind }, matrix }: PrunedLayer): boolean {
  return (kind === 'convolution' || kind === 'product') && fittedInputs(matrix) <= mostFittedInputs;
}

/** Gives the layers that were swept; their matrices hold their new numbers. Rejects as sessions do, with matrices half done. */
export async function runSparseGpt(request: SparseGptRequest): Promise<ReadonlySet<PrunedLayer>> {
  const layers = request.layers.filter(isSweepable);
  const done = new Set<PrunedLayer>();
  const tensors = new Map<ValueName, Tensor>();
  for (let first = 0; first < layers.length; first += layersPerSession) {
    const some = layers.slice(first, first + layersPerSession);
    const outputs = [...new Set(some.flatMap(({ layer }) => [layer.data, layer.node.outputs[0]!]))];
    const sparse = tensors.size === 0 ? request.model : replaceConstants(request.model, tensors);
    const session = await openTunable(request.signal, request.inference, upToValues(sparse, outputs), {
      tunable: some.map(({ layer }) => layer.weight),
      outputs,
    });
    let sums: NormalSums | undefined;
    try {
      for (const [at, one] of some.entries()) {
        if (sums === undefined || !seesTheSame(one, some[at - 1]!)) sums = await inputSums(session, one, request);
        if (await sweepLayer(one, sums, request)) {
          done.add(one);
          tensors.set(one.layer.weight, tensorOfMatrix(one.layer, one.tensor, one.matrix));
          session.tune(tensors);
        }
        request.progress(first + at + 1, layers.length);
      }
    } finally {
      session.close();
    }
  }
  return done;
}

/** True for layers such as queries, keys and values: none of them changes the input of the others. */
function seesTheSame(a: PrunedLayer, b: PrunedLayer): boolean {
  return a.layer.data === b.layer.data && a.matrix.kind === 'product' && b.matrix.kind === 'product';
}

/** Neighbors of a pattern are inputs: all of them for one tap of the kernel, then those for the next. */
async function sweepLayer({ matrix }: PrunedLayer, sums: NormalSums, request: SparseGptRequest): Promise<boolean> {
  const { inputs, taps, values } = matrix;
  const columns = inputs * taps;
  const order = Int32Array.from({ length: columns }, (_, at) =>
    request.pattern ? (at % inputs) * taps + Math.floor(at / inputs) : at,
  );
  const weights = values.map((_, at) => values[at - (at % columns) + order[at % columns]!]!);
  const gram = new Float64Array(columns * columns);
  for (let row = 0; row < columns; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const [a, b] = [order[row]!, order[column]!];
      gram[row * columns + column] = sums.gram[Math.max(a, b) * columns + Math.min(a, b)]!;
    }
  }
  const moments = { inputs: columns, samples: sums.samples, gram };
  const wanted = { amount: request.amount, pattern: request.pattern && { ...request.pattern, inputs } };
  if (!(await sparsify(weights, moments, wanted, request.checkpoint))) return false;
  weights.forEach((weight, at) => (values[at - (at % columns) + order[at % columns]!] = weight));
  return true;
}

async function inputSums(
  session: TunableSession,
  one: PrunedLayer,
  { samples, checkpoint }: SparseGptRequest,
): Promise<NormalSums> {
  const sums = new NormalSums(fittedInputs(one.matrix), 0);
  for (const [sample, feeds] of samples.entries()) {
    const values = await session.run(feeds);
    const [read, given] = [values[one.layer.data], values[one.layer.node.outputs[0]!]];
    if (read && given) await addSample(sums, one, { read, given, sample, samples: samples.length }, checkpoint);
  }
  return sums;
}

interface Seen {
  readonly read: FeedTensor;
  readonly given: FeedTensor;
  readonly sample: number;
  readonly samples: number;
}

async function addSample(
  sums: NormalSums,
  { layer, matrix, tensor }: PrunedLayer,
  { read, given, sample, samples }: Seen,
  checkpoint: () => Promise<void>,
): Promise<void> {
  const view = channelView(read, matrix.kind);
  const output = channelView(given, matrix.kind);
  if (view === undefined || output === undefined || view.channels !== matrix.inputs) return;
  const positions = spreadPositions(output, rowsPerSample(sums.inputs, samples), sample);
  const reader =
    matrix.kind === 'convolution'
      ? new PatchReader(layer.node, tensor.dims.slice(2).map(Number), read.dims.slice(2), given.dims.slice(2))
      : undefined;
  for (let start = 0; start < positions.length; start += sums.capacity) {
    const some = positions.subarray(start, start + sums.capacity);
    if (reader) reader.write(view, { first: 0, end: view.channels }, some, sums.inputPanel, sums.capacity);
    else writeChannels(view, some, sums.inputPanel, sums.capacity);
    await sums.addPanel(some.length, checkpoint);
  }
}
