/** Fits layers to the original one after the other, in groups whose outputs in the original fit into memory. */
import { groupBySize } from '../../../../calibration/observe-values';
import type { Inference } from '../../../../inference';
import { constantsOf } from '../../../../onnx/constant-node';
import type { Model, Tensor, ValueName } from '../../../../onnx/graph';
import { layerMatrix } from './layer-matrix';
import { refitLayers } from './refit-layers';
import type { RepairableLayer } from './repairable-layers';
import type { LayerRepair } from './solve-layer';
import { fittedInputs, observeTeacher, rowsPerSample } from '../trial/teacher-facts';
import type { TrialSamples } from '../trial/trial-samples';

export interface RefitInGroupsRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  /** Computes the target outputs of the student's layers, under the same names. */
  readonly original: Model;
  readonly student: Model;
  /** Layers of the student, in the order of its graph. */
  readonly layers: readonly RepairableLayer[];
  readonly samples: TrialSamples;
  readonly checkpoint: () => Promise<void>;
  progress(done: number, total: number): void;
}

/**
 * Limit of the layer outputs that are stored at once, in numbers. Layers at the end of a residual block store as many
 * again, of the other summand.
 */
const mostKeptNumbers = 64 * 2 ** 20;
/** The share of the time of a group that the teacher takes. */
const shareOfTeacher = 0.3;

/** Layers whose fit does not help on held-out samples stay unchanged. Rejects as runs of the models do. */
export async function refitInGroups(
  request: RefitInGroupsRequest,
): Promise<{ readonly model: Model; readonly repairs: readonly LayerRepair[] }> {
  const { signal, inference, original, student, layers, samples, checkpoint } = request;
  const constants = constantsOf(student);
  const all = { samples: [...samples.fit, ...samples.validation], fitted: samples.fit.length };
  let model = student;
  const repairs: LayerRepair[] = [];
  let done = 0;
  for (const some of groupsOf(layers, constants, all.fitted)) {
    const report = (share: number): void => request.progress(done + share * some.length, layers.length);
    const teacher = await observeTeacher({
      ...{ signal, inference, model: original, coupled: { constants }, layers: some, checkpoint, ...all },
      keepsInputs: false,
      keepsOutputs: true,
      progress: (sample, total) => report((shareOfTeacher * sample) / Math.max(1, total)),
    });
    const refitted = await refitLayers({
      ...{ signal, inference, student: model, layers: some, teacher, method: 'least-squares', checkpoint, ...all },
      outputsOf: (layer) =>
        Array.from({ length: layerMatrix(layer, constants.get(layer.weight)!)!.outputs }, (_, output) => output),
      progress: (step, total) => report(shareOfTeacher + ((1 - shareOfTeacher) * step) / Math.max(1, total)),
    });
    model = refitted.model;
    repairs.push(...refitted.repairs);
    done += some.length;
  }
  return { model, repairs };
}

/** Neighboring layers, as many as their outputs fit into memory. */
function groupsOf(
  layers: readonly RepairableLayer[],
  constants: ReadonlyMap<ValueName, Tensor>,
  fitted: number,
): readonly (readonly RepairableLayer[])[] {
  const numbersOf = (layer: RepairableLayer): number => {
    const matrix = layerMatrix(layer, constants.get(layer.weight)!)!;
    return matrix.outputs * rowsPerSample(fittedInputs(matrix), fitted) * fitted;
  };
  return groupBySize(layers, numbersOf, mostKeptNumbers);
}
