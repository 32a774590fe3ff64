import { formatCount } from '../../../format';
import { DataType } from '../../../onnx/data-type';
import type { Model, ValueName } from '../../../onnx/graph';
import { isQuantized } from '../../../onnx/ops/quantized-operators';
import { wholeModel } from '../../../onnx/traverse';
import { valuesOf } from '../../../training/parameter-layout';
import type { ForwardGraph } from '../../../training/prepare-forward';
import type { StaticShape } from '../../../training/step-builder';
import { refuseWhole, type PassContext, type PassOutcome } from '../../pass';
import { runRestoreFloat } from '../../restore-float/run-restore-float';
import { findExportProblem } from '../export-trained';
import { teacherOf } from '../fit-teacher';
import { compareAnswers } from '../quantize-aware/run-quantize-aware-training';
import { describeMachine, lossCurve, runTraining, type Trained } from '../run-training';
import { usualTraining } from '../training-options';
import {
  planAdapters,
  startOf,
  withAdapters,
  type Adapter,
  type AdapterPlan,
  type AdapterValues,
} from './quantized-layers';
import type { TrainAdaptersOptions } from './adapter-options';

const usualRate = 1e-3;

/**
 * Trains adapters beside the quantized layers to give the outputs of the teacher. Integers stay as they are. Keeps the model where no step
 * was better on held-out samples.
 */
export async function runTrainAdapters(
  model: Model,
  options: TrainAdaptersOptions,
  context: PassContext,
): Promise<PassOutcome> {
  const unchanged = { model, changes: [], refusals: [] };
  if (!isQuantized(model)) {
    const reason = 'No layer is quantized, so there is nothing to recover. Put a pass that quantizes before it.';
    return { ...unchanged, refusals: [refuseWhole('nothing-found', reason)] };
  }
  const quiet: PassContext = { ...context, progress: () => undefined, observe: () => undefined };
  const restored = await runRestoreFloat(model, quiet);
  let plan: AdapterPlan = { adapters: [], refusals: [] };
  const { rank, steps, timeLimitMinutes, batch, learningRate, provider } = options;
  const trained = await runTraining(
    {
      model: restored.model,
      teacher: teacherOf(context),
      options: {
        ...usualTraining({ steps, timeLimitMinutes, batch, provider }),
        optimizer: 'adamw',
        augment: 'none',
        matchLayers: false,
        learningRate: learningRate || usualRate,
      },
      adapt(_prepared, forward) {
        plan = planAdapters({ model, original: context.original }, forward, options);
        if (plan.adapters.length === 0) {
          const reason = 'No quantized dense layer is large enough for an adapter of this rank.';
          return Promise.resolve(plan.refusals.at(-1) ?? refuseWhole('nothing-found', reason));
        }
        const trains = new Set(plan.adapters.flatMap(({ down, up }) => [down, up]));
        const start: AdapterValues = (adapter) => startOf(adapter, rank, context.random);
        return Promise.resolve({ forward: adapted(forward, plan.adapters, rank, start), trains });
      },
    },
    context,
  );
  if ('code' in trained) return { ...unchanged, refusals: [trained] };
  return writeOutcome(model, { trained, plan, rank }, context);
}

/** The forward graph with adapters, whose shapes follow from those of the layers. */
function adapted(
  forward: ForwardGraph,
  adapters: readonly Adapter[],
  rank: number,
  start: AdapterValues,
): ForwardGraph {
  const shapes = new Map<ValueName, StaticShape | undefined>();
  for (const { input, output, down, up, inner, sizes } of adapters) {
    const [base, small, added] = inner;
    shapes.set(down, [sizes[0], rank]).set(up, [rank, sizes[1]]);
    const shape = forward.shapeOf(input);
    shapes.set(small, shape && [...shape.slice(0, -1), rank]);
    shapes.set(base, forward.shapeOf(output)).set(added, forward.shapeOf(output));
  }
  return {
    ...forward,
    graph: withAdapters(forward.graph, adapters, rank, start),
    shapeOf: (name) => (shapes.has(name) ? shapes.get(name) : forward.shapeOf(name)),
    elementTypeOf: (name) => (shapes.has(name) ? DataType.float32 : forward.elementTypeOf(name)),
  };
}

interface TrainedAdapters {
  readonly trained: Trained;
  readonly plan: AdapterPlan;
  readonly rank: number;
}

async function writeOutcome(
  model: Model,
  { trained, plan, rank }: TrainedAdapters,
  context: PassContext,
): Promise<PassOutcome> {
  const { step, result, samples, points } = trained;
  const { weights } = result;
  const refusals = [...trained.refusals, ...plan.refusals];
  const details = { loss: lossCurve(points) };
  const unchanged = { model, changes: [], details };
  if (weights === undefined) {
    return { ...unchanged, refusals: [...refusals, refuseWhole('no-gain', 'No step was better on held-out samples.')] };
  }
  const parameters = new Map(step.layout.parameters.map((parameter) => [parameter.name, parameter]));
  const adapters = plan.adapters.filter(({ down, up }) => parameters.has(down) && parameters.has(up));
  const valueOf = (name: ValueName): Float32Array => valuesOf(parameters.get(name)!, weights).slice();
  const values: AdapterValues = ({ down, up }) => ({ down: valueOf(down), up: valueOf(up) });
  const written: Model = { ...model, graph: withAdapters(model.graph!, adapters, rank, values) };
  const check = { step, weights, samples, arithmetic: 'quantized' as const };
  const problem = await findExportProblem(written, check, context.inference!, context.signal);
  if (problem !== undefined) return { ...unchanged, refusals: [...refusals, problem] };
  const kept = await compareAnswers(
    {
      before: context.original,
      after: written,
      samples: samples.heldOutSamples.map(({ feeds }) => feeds),
      perRun: 1,
    },
    { ...context, checkpoint: () => context.checkpoint(), inference: context.inference! },
  );
  const share = result.startLoss > 0 ? 100 * (1 - result.bestLoss / result.startLoss) : 0;
  const what = `${formatCount(adapters.length)} adapters of rank ${rank}, ${formatCount(step.layout.elements)} weights`;
  return {
    model: written,
    changes: [{ ...wholeModel, what }],
    refusals,
    details,
    sentence: `Adapters reduced the loss on held-out samples by ${share.toFixed(0)} %. ${kept}${describeMachine(result)}`,
  };
}
