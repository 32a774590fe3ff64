/** The sequential repair: layer after layer is fitted to give what the original gives, from what it sees in the smaller model. */
import { openTunable, type TunableSession } from '../../../calibration/tunable-session';
import type { Feeds } from '../../../data/feeds';
import type { Inference } from '../../../inference';
import type { ChannelLayer } from '../../../onnx/coupling/channel-groups';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { tensorOfConstant } from '../../../onnx/constant-node';
import { replaceConstants } from '../../../onnx/replace-constants';
import { upToValues } from '../../../onnx/up-to-values';
import { addSample, layerProblem, type LayerProblem, type ProblemRequest } from './layer-problem';
import { outputPaths } from './output-paths';
import type { RepairableLayer } from './repairable-layers';
import { residualSums, settledSums } from './residual-sums';
import { solveLayer, type LayerRepair } from './solve-layer';
import type { TeacherFacts } from './teacher-facts';

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
  const targets = targetsBehind(request, steps);
  const perSession = Math.max(1, Math.ceil(steps.length / request.sessions));
  for (let first = 0; first < steps.length; first += perSession) {
    const some = steps.slice(first, first + perSession);
    const { tensors, found } = await refitSteps(model, some, { ...request, ...targets }, (done) =>
      request.progress(first + done, steps.length),
    );
    model = replaceConstants(model, tensors);
    repairs.push(...found);
  }
  return { model, repairs };
}

type TargetsBehind = Pick<ProblemRequest, 'sums' | 'paths'>;

/** What layers are fitted to lies behind them; their moments are their own. */
function targetsBehind(
  { student, layers, method }: RefitRequest,
  steps: readonly (readonly RepairableLayer[])[],
): TargetsBehind {
  if (method === 'moments') return { sums: new Map(), paths: new Map() };
  const paths = outputPaths(student, constantsOf(student), layers);
  return { sums: settledSums(student, residualSums(paths), steps), paths };
}

type StepsRequest = RefitRequest & TargetsBehind;

/** Fits some layers in one session, in which the weights of those before a layer are already the new ones. */
async function refitSteps(
  model: Model,
  steps: readonly (readonly RepairableLayer[])[],
  request: StepsRequest,
  progress: (done: number) => void,
): Promise<{ readonly tensors: ReadonlyMap<ValueName, Tensor>; readonly found: readonly LayerRepair[] }> {
  const constants = constantsOf(model);
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
      const problems = layers.flatMap((layer) => layerProblem(layer, { ...request, constants }) ?? []);
      if (problems.length > 0) {
        await collect(session, layers[0]!.data, problems, request, (share) => progress(at + share));
        const fitted = new Map<ValueName, Tensor>();
        for (const problem of problems) found.push(await solveLayer(problem, fitted, request));
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
  problems: readonly LayerProblem[],
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
