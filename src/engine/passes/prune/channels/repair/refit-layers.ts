/**
 * The sequential recovery: each layer in turn is fitted to the original's outputs, from its inputs in the smaller
 * model.
 */
import { PairedValues } from '../../../../calibration/paired-values';
import type { Feeds } from '../../../../data/feeds';
import type { Inference } from '../../../../inference';
import type { ChannelLayer } from '../../../../onnx/coupling/channel-groups';
import type { Model, Tensor, ValueName } from '../../../../onnx/graph';
import { constantsOf } from '../../../../onnx/constant-node';
import { replaceConstants } from '../../../../onnx/replace-constants';
import { nodesUpTo } from '../../../../onnx/parts/up-to-values';
import { addSample, flushSystems, isFittable, layerProblem, type ProblemRequest } from './layer-problem';
import { outputPaths } from './output-paths';
import type { RepairableLayer } from './repairable-layers';
import { residualSums, settledSums } from './residual-sums';
import { solveLayer, type LayerRepair } from './solve-layer';
import type { TeacherFacts } from '../trial/teacher-facts';

export interface RefitRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  /** The model without the removed channels. */
  readonly student: Model;
  /** The layers to fit, in the order of the graph. */
  readonly layers: readonly RepairableLayer[];
  readonly teacher: TeacherFacts;
  /** Positions of the outputs of a layer that are left. */
  outputsOf(layer: ChannelLayer): readonly number[];
  readonly samples: readonly Feeds[];
  /** The number of samples that fit. The others are held out. */
  readonly fitted: number;
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

/** Each part of the model between two layers is run once on each sample, when the layers before it are fitted. */
export async function refitLayers(
  request: RefitRequest,
): Promise<{ readonly model: Model; readonly repairs: readonly LayerRepair[] }> {
  const { signal, inference, student, samples } = request;
  const all = stepsOf(request.layers);
  const problems: StepsRequest = { ...request, ...targetsBehind(request, all), constants: constantsOf(student) };
  const steps = all.flatMap((layers): Step[] => {
    const fittable = layers.filter((layer) => isFittable(layer, problems));
    const skips = fittable.flatMap(({ output }) => problems.sums.get(output)?.skip ?? []);
    return fittable.length > 0 ? [{ layers: fittable, values: [...new Set([fittable[0]!.data, ...skips])] }] : [];
  });
  const values = new PairedValues({
    signal,
    inference,
    model: withNodesInOrder(student, steps),
    values: steps.flatMap((step) => step.values),
    async *feeds() {
      yield* samples;
    },
    changedAlone: true,
  });
  const tensors = new Map<ValueName, Tensor>();
  const repairs: LayerRepair[] = [];
  try {
    for (const [at, step] of steps.entries()) {
      const fitted = await refitStep(values, step, problems, (share) => request.progress(at + share, steps.length));
      repairs.push(...fitted.repairs);
      for (const [name, tensor] of fitted.tensors) {
        values.replace(name, tensor);
        tensors.set(name, tensor);
      }
    }
    return { model: replaceConstants(student, tensors), repairs };
  } finally {
    values.close();
  }
}

/** Layers that read the same value are fitted in one run. */
interface Step {
  readonly layers: readonly RepairableLayer[];
  /** The inputs of the layers, and the values that their outputs are added to. */
  readonly values: readonly ValueName[];
}

/**
 * Moves the nodes that each step needs before the layers that it fits, because these layers run with their new weights
 * only.
 */
function withNodesInOrder(model: Model, steps: readonly Step[]): Model {
  const graph = model.graph!;
  const inOrder = steps.flatMap(({ values }) => nodesUpTo(graph, values));
  return { ...model, graph: { ...graph, nodes: [...new Set([...inOrder, ...graph.nodes])] } };
}

type TargetsBehind = Pick<ProblemRequest, 'sums' | 'paths'>;

/** The values behind the layers that these are fitted to. */
function targetsBehind(
  { student, layers }: RefitRequest,
  steps: readonly (readonly RepairableLayer[])[],
): TargetsBehind {
  const paths = outputPaths(student, constantsOf(student), layers);
  return { sums: settledSums(student, residualSums(paths), steps), paths };
}

type StepsRequest = RefitRequest & ProblemRequest;

/** Adds up the inputs of the layers with their target outputs, and fits the layers. */
async function refitStep(
  values: PairedValues,
  step: Step,
  request: StepsRequest,
  progress: (share: number) => void,
): Promise<{ readonly tensors: ReadonlyMap<ValueName, Tensor>; readonly repairs: readonly LayerRepair[] }> {
  const { samples, fitted, checkpoint } = request;
  const problems = step.layers.map((layer) => layerProblem(layer, request));
  await values.visitTogether(step.values, async (found, sample) => {
    for (const problem of problems) {
      const seen = found.get(problem.layer.data)!.original;
      const skip = problem.sum && found.get(problem.sum.skip)?.original;
      await addSample(problem, sample < fitted ? problem.fit : problem.heldOut, { seen, skip, sample }, checkpoint);
    }
    progress((sample + 1) / samples.length);
  });
  const tensors = new Map<ValueName, Tensor>();
  const repairs: LayerRepair[] = [];
  for (const problem of problems) {
    await flushSystems(problem.fit, checkpoint);
    await flushSystems(problem.heldOut, checkpoint);
    repairs.push(await solveLayer(problem, tensors, checkpoint));
  }
  return { tensors, repairs };
}

function stepsOf(layers: readonly RepairableLayer[]): readonly (readonly RepairableLayer[])[] {
  const steps = new Map<ValueName, RepairableLayer[]>();
  for (const layer of layers) steps.set(layer.data, [...(steps.get(layer.data) ?? []), layer]);
  return [...steps.values()];
}
