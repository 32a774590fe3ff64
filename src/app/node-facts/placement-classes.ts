/** Nodes by whether a provider will leave them to the CPU, and why: predicted before anything runs. */
import type { LeavingReason, PlacementPrediction } from '../../engine/analysis/predict-placement';
import type { NodeClass, NodeClassification } from './node-classification';
import type { NodeSubject } from './node-metric';
import { perObject } from '../state/workspace/per-object';

type Outcome = LeavingReason | 'not measured';

const notMeasured: NodeClass = { title: 'not measured', hue: 'combine' };

const ofWebgpu = {
  'no kernel': { title: 'no kernel for it', hue: 'activate' },
  'shape work': { title: 'computes a shape', hue: 'shape' },
  'not measured': notMeasured,
} satisfies Partial<Record<Outcome, NodeClass>>;

const ofWebnn = {
  'no kernel': { title: 'operator not supported', hue: 'activate' },
  'open size': { title: 'a size is open', hue: 'quantize' },
  'input not constant': { title: 'input not constant', hue: 'control' },
  rank: { title: 'rank not supported', hue: 'shape' },
  'not measured': notMeasured,
} satisfies Partial<Record<Outcome, NodeClass>>;

export const webgpuPlacement = placementOn('WebGPU', ofWebgpu, ({ inspection }) => inspection.providers.webgpu);
export const webnnPlacement = placementOn('WebNN', ofWebnn, ({ inspection }) => inspection.providers.webnn);

/** Placement of the model's nodes. The runtime may remove nodes before it places the others. */
export const placementClassifications: readonly NodeClassification[] = [webgpuPlacement, webnnPlacement];

function placementOn(
  provider: string,
  classes: Partial<Record<Outcome, NodeClass>>,
  predictionOf: (subject: NodeSubject) => PlacementPrediction,
): NodeClassification {
  return {
    id: `placement-${provider.toLowerCase()}`,
    title: `Leaves ${provider}`,
    classes: Object.values(classes),
    withoutClass: 'stays, or is computed at load: no color',
    classesOf: perObject((subject) => {
      const { leaves, notMeasured: unknown } = predictionOf(subject);
      const byPath = new Map<string, NodeClass>();
      const put = (path: string, outcome: Outcome): void => {
        const found = classes[outcome];
        if (found !== undefined) byPath.set(path, found);
      };
      for (const { path, reason } of leaves) put(path, reason);
      for (const path of unknown.flatMap(({ paths }) => paths)) put(path, 'not measured');
      return byPath;
    }),
  };
}
