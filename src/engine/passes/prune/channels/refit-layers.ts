/** The sequential repair: layer after layer is fitted to give what the original gives, from what it sees in the smaller model. */
import { openTunable, type TunableSession } from '../../../calibration/tunable-session';
import type { Feeds, FeedTensor } from '../../../data/feeds';
import type { Inference } from '../../../inference';
import { NormalSums } from '../../../linear-algebra/normal-sums';
import type { ChannelLayer } from '../../../onnx/coupling/channel-groups';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { tensorOfConstant } from '../../../onnx/constant-node';
import { replaceConstants } from '../../../onnx/replace-constants';
import { readFloat32 } from '../../../onnx/tensor';
import { upToValues } from '../../../onnx/up-to-values';
import { floatTensorLike, layerMatrix, tensorOfMatrix, type LayerMatrix } from './layer-matrix';
import { channelView, PatchReader, writeChannels, type ChannelView } from './layer-rows';
import { fitLinear, ridges, squaredError, type LinearFit } from './least-squares';
import { matchMoments } from './moment-matching';
import { leastScale, settledSums, type ResidualSum } from './residual-sums';
import type { RepairableLayer } from './repairable-layers';
import { fittedInputs, mostFittedInputs, type OutputRows, type TeacherFacts } from './teacher-facts';

/** How far a layer's output was from the original's on held-out samples, as a share of its own variance. */
export interface LayerRepair {
  readonly path: string;
  readonly op: string;
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** False where the fit did not help on held-out samples, and the layer stayed as it was. */
  readonly isKept: boolean;
}

export interface RefitRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  /** The model without the removed channels. */
  readonly student: Model;
  /** Those to fit, in the order of the graph. */
  readonly layers: readonly RepairableLayer[];
  readonly teacher: TeacherFacts;
  /** Positions of the outputs of a layer that are left. */
  outputsOf(layer: ChannelLayer): readonly number[];
  readonly method: 'least-squares' | 'moments';
  readonly samples: readonly Feeds[];
  /** So many samples are fitted with, the others are held out. */
  readonly fitted: number;
  /** How many sessions the layers are shared among. */
  readonly sessions: number;
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

export async function refitLayers(
  request: RefitRequest,
): Promise<{ readonly model: Model; readonly repairs: readonly LayerRepair[] }> {
  let model = request.student;
  const repairs: LayerRepair[] = [];
  const steps = stepsOf(request.layers);
  const sums =
    request.method === 'moments'
      ? new Map<ValueName, ResidualSum>()
      : settledSums(request.student, constantsOf(request.student), steps);
  const perSession = Math.max(1, Math.ceil(steps.length / request.sessions));
  for (let first = 0; first < steps.length; first += perSession) {
    const some = steps.slice(first, first + perSession);
    const { tensors, found } = await refitSteps(model, some, { ...request, sums }, (done) =>
      request.progress(first + done, steps.length),
    );
    model = replaceConstants(model, tensors);
    repairs.push(...found);
  }
  return { model, repairs };
}

type StepsRequest = RefitRequest & { readonly sums: ReadonlyMap<ValueName, ResidualSum> };

/** Fits some layers in one session, in which the weights of those before a layer are already the new ones. */
async function refitSteps(
  model: Model,
  steps: readonly (readonly RepairableLayer[])[],
  request: StepsRequest,
  progress: (done: number) => void,
): Promise<{ readonly tensors: ReadonlyMap<ValueName, Tensor>; readonly found: readonly LayerRepair[] }> {
  const tensors = new Map<ValueName, Tensor>();
  const found: LayerRepair[] = [];
  const skips = steps.flat().flatMap(({ output }) => request.sums.get(output)?.skip ?? []);
  const outputs = [...new Set([...steps.map(([layer]) => layer!.data), ...skips])];
  const tunable = steps.flatMap((layers) => layers.flatMap(({ weight, bias }) => (bias ? [weight, bias] : [weight])));
  const session = await openTunable(request.signal, request.inference, upToValues(model, outputs), {
    tunable,
    outputs,
  });
  try {
    for (const [at, layers] of steps.entries()) {
      const problems = problemsOf(layers, model, request);
      if (problems.length > 0) {
        await collect(session, layers[0]!.data, problems, request, (share) => progress(at + share));
        const fitted = new Map<ValueName, Tensor>();
        for (const problem of problems) found.push(await solve(problem, fitted, request));
        for (const [name, tensor] of fitted) tensors.set(name, tensor);
        session.tune(fitted);
      }
      progress(at + 1);
    }
    return { tensors, found };
  } finally {
    session.close();
  }
}

/** Layers that read the same value are fitted in one run. */
function stepsOf(layers: readonly RepairableLayer[]): readonly (readonly RepairableLayer[])[] {
  const steps = new Map<ValueName, RepairableLayer[]>();
  for (const layer of layers) steps.set(layer.data, [...(steps.get(layer.data) ?? []), layer]);
  return [...steps.values()];
}

interface Problem {
  readonly layer: RepairableLayer;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly matrix: LayerMatrix;
  readonly rows: readonly OutputRows[];
  /** What the output is added to in the smaller model, and what that was in the original. */
  readonly sum?: ResidualSum & { readonly rows: readonly OutputRows[] };
  /** Rows of the original's output that are left. */
  readonly outputs: readonly number[];
  /** One system for all outputs; of a depthwise layer one for each. */
  readonly fit: readonly NormalSums[];
  readonly heldOut: readonly NormalSums[];
  readonly patches: Map<string, PatchReader>;
}

function problemsOf(layers: readonly RepairableLayer[], model: Model, request: StepsRequest): readonly Problem[] {
  const constants = constantsOf(model);
  return layers.flatMap((layer): readonly Problem[] => {
    const weight = constants.get(layer.weight);
    const matrix = weight && layerMatrix(layer, weight);
    const rows = request.teacher.outputs.get(layer.output);
    if (!weight || !matrix || !rows || matrix.kind === 'transposed') return [];
    const unknowns = fittedInputs(matrix);
    // A bias that others read too cannot follow.
    const isBound = layer.bias === undefined && layer.node.opType !== 'MatMul' && Boolean(layer.node.inputs[2]);
    if (isBound || unknowns > mostFittedInputs || rows.length !== request.samples.length) return [];
    const isDepthwise = matrix.kind === 'depthwise';
    const sums = (): readonly NormalSums[] =>
      isDepthwise
        ? Array.from({ length: matrix.outputs }, () => new NormalSums(unknowns, 1))
        : [new NormalSums(unknowns, matrix.outputs)];
    const bias = layer.bias === undefined ? undefined : constants.get(layer.bias);
    const outputs = request.outputsOf(layer);
    const [sum, skips] = [request.sums.get(layer.output), request.teacher.skips.get(layer.output)];
    const isSame = skips?.length === rows.length && skips.every(({ dims }, at) => `${dims}` === `${rows[at]!.dims}`);
    const known = {
      layer,
      weight,
      bias,
      matrix,
      rows,
      outputs,
      ...(sum && isSame && { sum: { ...sum, rows: skips } }),
    };
    return [{ ...known, fit: sums(), heldOut: sums(), patches: new Map() }];
  });
}

export function constantsOf({ graph }: Model): ReadonlyMap<ValueName, Tensor> {
  const constants = new Map((graph?.initializers ?? []).map((tensor) => [tensor.name ?? '', tensor]));
  for (const node of graph?.nodes ?? []) {
    const tensor = tensorOfConstant(node);
    if (tensor) constants.set(node.outputs[0] ?? '', tensor);
  }
  return constants;
}

/** Adds up what the layers see beside what they should give. */
async function collect(
  session: TunableSession,
  data: ValueName,
  problems: readonly Problem[],
  { samples, fitted, checkpoint }: RefitRequest,
  progress: (share: number) => void,
): Promise<void> {
  for (const [sample, feeds] of samples.entries()) {
    const found = await session.run(feeds);
    const seen = found[data];
    if (seen === undefined) continue;
    for (const problem of problems) {
      const skip = problem.sum && found[problem.sum.skip];
      await addSample(problem, sample < fitted ? problem.fit : problem.heldOut, { seen, skip, sample }, checkpoint);
    }
    progress((sample + 1) / samples.length);
  }
}

async function addSample(
  problem: Problem,
  systems: readonly NormalSums[],
  { seen, skip, sample }: { seen: FeedTensor; skip: FeedTensor | undefined; sample: number },
  checkpoint: () => Promise<void>,
): Promise<void> {
  const { matrix, rows } = problem;
  const view = channelView(seen, matrix.kind);
  const { positions, dims } = rows[sample]!;
  if (view === undefined) return;
  const targets = targetsOf(problem, skip, sample);
  const { capacity } = systems[0]!;
  for (let start = 0; start < positions.length; start += capacity) {
    const some = positions.subarray(start, start + capacity);
    for (const [system, sums] of systems.entries()) {
      writeInputs(problem, { view, seen, dims }, some, sums, system);
      for (let row = 0; row < sums.outputs; row += 1) {
        const from = (system + row) * positions.length + start;
        sums.outputPanel.set(targets.subarray(from, from + some.length), row * capacity);
      }
      await sums.addPanel(some.length, checkpoint);
    }
  }
}

/** What the layer should give, [outputs that are left, positions]: what it gave, and what its sum has lost since. */
function targetsOf(
  { matrix, rows, outputs, sum }: Problem,
  skip: FeedTensor | undefined,
  sample: number,
): Float32Array {
  const { positions, values } = rows[sample]!;
  const count = positions.length;
  const targets = new Float32Array(outputs.length * count);
  outputs.forEach((output, row) => targets.set(values.subarray(output * count, (output + 1) * count), row * count));
  const view = skip && channelView(skip, matrix.kind);
  if (sum === undefined || view?.channels !== outputs.length) return targets;
  const now = new Float64Array(targets.length);
  writeChannels(view, positions, now, count);
  const before = sum.rows[sample]!.values;
  outputs.forEach((output, row) => {
    const scale = sum.scales?.[row] ?? 1;
    if (Math.abs(scale) < leastScale) return;
    for (let at = 0; at < count; at += 1) {
      targets[row * count + at]! += (before[output * count + at]! - now[row * count + at]!) / scale;
    }
  });
  return targets;
}

interface SeenTensor {
  readonly view: ChannelView;
  readonly seen: FeedTensor;
  /** Of the layer's output. */
  readonly dims: readonly number[];
}

function writeInputs(
  { matrix, layer, weight, patches, outputs }: Problem,
  { view, seen, dims }: SeenTensor,
  positions: Int32Array,
  sums: NormalSums,
  system: number,
): void {
  if (matrix.kind === 'product') return writeChannels(view, positions, sums.inputPanel, sums.capacity);
  const key = `${seen.dims.slice(2)} ${dims.slice(2)}`;
  let reader = patches.get(key);
  if (reader === undefined) {
    reader = new PatchReader(layer.node, weight.dims.slice(2).map(Number), seen.dims.slice(2), dims.slice(2));
    patches.set(key, reader);
  }
  // A depthwise layer with several filters for each channel has as many outputs in a row of one channel.
  const channel = Math.floor((system * view.channels) / outputs.length);
  const channels =
    matrix.kind === 'depthwise' ? { first: channel, end: channel + 1 } : { first: 0, end: view.channels };
  reader.write(view, channels, positions, sums.inputPanel, sums.capacity);
}

/** Fits, and puts what helps among the tensors. */
async function solve(
  { layer, weight, bias, matrix, fit, heldOut }: Problem,
  tensors: Map<ValueName, Tensor>,
  { method, checkpoint }: RefitRequest,
): Promise<LayerRepair> {
  const start = startOf(layer, matrix, bias);
  const found: LinearFit = { weights: start.weights.slice(), bias: start.bias.slice() };
  const width = fit[0]!.inputs;
  let [before, after, variance] = [0, 0, 0];
  let isKept = false;
  for (const [system, sums] of fit.entries()) {
    const outputs = sums.outputs;
    const part = partOf(start, system * outputs, outputs, width);
    const own = squaredError(heldOut[system]!, part);
    const fitted = await fitOf(sums, heldOut[system]!, part, { method, hasBias: bias !== undefined, checkpoint });
    // Matched moments need not lie nearer one by one: the outputs of the whole model judge them.
    const helps = fitted !== null && (method === 'moments' || fitted.error < own);
    before += own;
    after += helps ? fitted.error : own;
    variance += varianceOf(heldOut[system]!);
    if (helps) {
      found.weights.set(fitted.fit.weights, system * outputs * width);
      found.bias.set(fitted.fit.bias, system * outputs);
      isKept = true;
    }
    await checkpoint();
  }
  if (isKept) {
    tensors.set(layer.weight, tensorOfMatrix(layer, weight, { ...matrix, values: found.weights }));
    if (bias !== undefined && layer.bias !== undefined) {
      tensors.set(layer.bias, floatTensorLike(bias, bias.dims, withOwnBias(layer, bias, found.bias)));
    }
  }
  const share = (error: number): number => error / Math.max(variance, Number.MIN_VALUE);
  return {
    path: layer.path,
    op: layer.node.opType ?? '',
    errorBefore: share(before),
    errorAfter: share(after),
    isKept,
  };
}

interface JudgedFit {
  readonly fit: LinearFit;
  /** On held-out samples. */
  readonly error: number;
}

/** The fit with the least error on held-out samples. */
async function fitOf(
  sums: NormalSums,
  heldOut: NormalSums,
  start: LinearFit,
  how: { readonly method: RefitRequest['method']; readonly hasBias: boolean; readonly checkpoint: () => Promise<void> },
): Promise<JudgedFit | null> {
  const { method, hasBias, checkpoint } = how;
  const judged = (fit: LinearFit | null): JudgedFit | null => fit && { fit, error: squaredError(heldOut, fit) };
  if (method === 'moments') return hasBias ? judged(matchMoments(sums, start)) : null;
  let best: JudgedFit | null = null;
  for (const ridge of ridges) {
    const next = judged(await fitLinear(sums, start.weights, { hasBias, ridge }, checkpoint));
    if (next && best && next.error > best.error) break;
    if (next && !(best && best.error <= next.error)) best = next;
  }
  return best;
}

/** The bias of a MatMul is that of an Add behind it: its own output has none. */
function startOf({ node }: RepairableLayer, { values, outputs }: LayerMatrix, bias: Tensor | undefined): LinearFit {
  const isWithin = node.opType !== 'MatMul' && bias !== undefined;
  return { weights: values, bias: isWithin ? Float64Array.from(readFloat32(bias)) : new Float64Array(outputs) };
}

function withOwnBias({ node }: RepairableLayer, bias: Tensor, fitted: Float64Array): Float64Array {
  if (node.opType !== 'MatMul') return fitted;
  return Float64Array.from(readFloat32(bias), (value, output) => value + fitted[output]!);
}

function partOf({ weights, bias }: LinearFit, first: number, outputs: number, width: number): LinearFit {
  return {
    weights: weights.subarray(first * width, (first + outputs) * width),
    bias: bias.subarray(first, first + outputs),
  };
}

function varianceOf({ outputs, samples, outputSums, outputSquares }: NormalSums): number {
  let sum = 0;
  for (let output = 0; output < outputs; output += 1) {
    sum += outputSquares[output]! / samples - (outputSums[output]! / samples) ** 2;
  }
  return sum;
}
