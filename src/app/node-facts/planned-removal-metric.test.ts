import { afterEach, describe, expect, it } from 'vitest';
import type { PlannedLayer, StructuralPlan } from '../../engine/passes/pass';
import type { ModelFiles } from '../jobs/jobs';
import { planBasis, planStore } from '../state/recipe/plan-actions';
import { originalId, workspaceStore } from '../state/workspace/workspace-store';
import { originalOf } from '../testing/work-fixtures';
import { plannedRemovalMetric } from './node-metrics';

const files: ModelFiles = { model: new Blob(['model']), name: 'net.onnx', externalData: [] };
const { inspection } = originalOf();
const same = { before: 1, after: 1 };

/** The numbers of the original after such a plan was made. */
function afterPlanOf(layers: readonly PlannedLayer[]) {
  const plan: StructuralPlan = { macs: same, parameters: same, weightBytes: same, groups: [], layers, locked: [] };
  const basis = planBasis(workspaceStore.getState().recipe, 0);
  planStore.setState({ latest: { files, index: 0, basis, plan } });
  return plannedRemovalMetric.numbersOf({ id: originalId, files, inspection, graphs: [] });
}

describe('planned removal of each layer', () => {
  afterEach(() => planStore.setState({ latest: null }));

  it('is the share of its channels', () => {
    expect(afterPlanOf([{ path: 'graph/conv', channels: 8, kept: 6 }])).toMatchObject({
      state: 'known',
      byPath: new Map([['graph/conv', 0.25]]),
    });
  });

  it('is not known of a plan that takes no channels', () => {
    expect(afterPlanOf([]).state).toBe('not-known');
  });
});
