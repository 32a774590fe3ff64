/** Fits the second of two layers to what the original gives, one after the other, from what the first makes in the smaller model. */
import type { Model } from '../../onnx/graph';
import type { PassContext } from '../pass';
import { refitLayers, constantsOf, type LayerRepair } from '../prune/channels/refit-layers';
import { repairableLayers, type RepairableLayer } from '../prune/channels/repairable-layers';
import { layerMatrix } from '../prune/channels/layer-matrix';
import { fittedInputs, observeTeacher, rowsPerSample } from '../prune/channels/teacher-facts';
import type { FactorizeEvidence } from './factorize-evidence';
import type { FactorizedModel } from './write-factors';

/** What layers of the original give is kept for so many numbers at once. */
const mostKeptNumbers = 64 * 2 ** 20;

/** Layers whose fit does not help on held-out samples keep their factors. */
export async function refitFactors(
  original: Model,
  { model: student, seconds }: FactorizedModel,
  { samples, sessions }: FactorizeEvidence,
  context: Pick<PassContext, 'signal' | 'checkpoint'> & { readonly inference: NonNullable<PassContext['inference']> },
  progress: (done: number, total: number) => void,
): Promise<{ readonly model: Model; readonly repairs: readonly LayerRepair[] }> {
  const constants = constantsOf(student);
  const layers = repairableLayers(student, { constants }, inOrder(student, seconds));
  const { signal, inference } = context;
  const checkpoint = () => context.checkpoint();
  let model = student;
  const repairs: LayerRepair[] = [];
  let done = 0;
  for (const some of groupsOf(layers, constants, samples.fit.length)) {
    const report = (share: number): void => progress(done + share * some.length, layers.length);
    const teacher = await observeTeacher({
      ...{ signal, inference, model: original, coupled: { constants }, layers: some, checkpoint },
      samples: [...samples.fit, ...samples.heldOut],
      fitted: samples.fit.length,
      keepsInputs: false,
      keepsOutputs: true,
      progress: (sample, total) => report((0.3 * sample) / total),
    });
    const refitted = await refitLayers({
      ...{ signal, inference, student: model, layers: some, teacher, method: 'least-squares', checkpoint },
      outputsOf: (layer) =>
        Array.from({ length: layerMatrix(layer, constants.get(layer.weight)!)!.outputs }, (_, output) => output),
      samples: [...samples.fit, ...samples.heldOut],
      fitted: samples.fit.length,
      sessions: Math.ceil((sessions * some.length) / layers.length),
      progress: (step, total) => report(0.3 + (0.7 * step) / Math.max(1, total)),
    });
    model = refitted.model;
    repairs.push(...refitted.repairs);
    done += some.length;
  }
  return { model, repairs };
}

function inOrder({ graph }: Model, seconds: FactorizedModel['seconds']): FactorizedModel['seconds'] {
  const positions = new Map(graph!.nodes.flatMap(({ outputs }, at) => outputs.map((name) => [name, at] as const)));
  const positionOf = ({ node }: FactorizedModel['seconds'][number]): number => positions.get(node.outputs[0]!) ?? 0;
  return seconds.toSorted((a, b) => positionOf(a) - positionOf(b));
}

/** Neighbours, as many as what they give fits into memory. */
function groupsOf(
  layers: readonly RepairableLayer[],
  constants: ReturnType<typeof constantsOf>,
  fitted: number,
): readonly (readonly RepairableLayer[])[] {
  const groups: RepairableLayer[][] = [];
  let numbers = Infinity;
  for (const layer of layers) {
    const matrix = layerMatrix(layer, constants.get(layer.weight)!)!;
    const own = matrix.outputs * rowsPerSample(fittedInputs(matrix), fitted) * fitted;
    if (numbers + own > mostKeptNumbers) {
      groups.push([]);
      numbers = 0;
    }
    groups.at(-1)!.push(layer);
    numbers += own;
  }
  return groups;
}
