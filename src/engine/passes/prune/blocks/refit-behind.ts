/** Fits the layers behind the removed blocks. */
import { channelGroups } from '../../../onnx/coupling/channel-groups';
import { coupleChannels } from '../../../onnx/coupling/couple-channels';
import type { Model, ValueName } from '../../../onnx/graph';
import { inferModel } from '../../../onnx/infer';
import { namesReadBy } from '../../../onnx/subgraphs';
import type { PassContext } from '../../pass';
import { refitInGroups } from '../channels/repair/refit-in-groups';
import { repairableLayers } from '../channels/repair/repairable-layers';
import type { TrialSamples } from '../channels/trial/trial-samples';

/** The first ones make up for most. */
const mostFitted = 16;

/** @param sums outputs of the original that were removed, which changes everything that is computed from them. Rejects as runs of the models do. */
export function refitBehind(
  original: Model,
  student: Model,
  sums: ReadonlySet<ValueName>,
  samples: TrialSamples,
  context: Pick<PassContext, 'signal' | 'checkpoint'> & { readonly inference: NonNullable<PassContext['inference']> },
  progress: (done: number, total: number) => void,
): Promise<Model> {
  const different = new Set(sums);
  for (const node of original.graph!.nodes) {
    if (namesReadBy(node).some((name) => different.has(name))) for (const name of node.outputs) different.add(name);
  }
  const coupled = coupleChannels(student, inferModel(student));
  const behind = channelGroups(coupled).layers.filter(
    ({ data, node }) => different.has(node.outputs[0]!) && data !== '',
  );
  const layers = repairableLayers(student, coupled, behind).slice(0, mostFitted);
  const { signal, inference } = context;
  return refitInGroups({
    ...{ signal, inference, original, student, layers, samples, progress },
    checkpoint: () => context.checkpoint(),
  }).then(({ model }) => model);
}
