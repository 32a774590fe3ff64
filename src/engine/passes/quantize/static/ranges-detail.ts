import type { TableDetail } from '../../pass-details';
import type { ValueName } from '../../../onnx/graph';
import type { ValueRange } from './value-histogram';
import type { QdqPlan } from './qdq-plan';

/** The range of each activation that became integers, and what one step of them is. */
export function rangesDetail(plan: QdqPlan, ranges: ReadonlyMap<ValueName, ValueRange>): TableDetail {
  const { marks, parameters } = plan;
  const rows = [...marks].flatMap(([name, mark]) => {
    const range = ranges.get(name);
    const found = parameters.get(name);
    if (mark.kind !== 'activation' || !range || !found) return [];
    return [[name, range.minimum, range.maximum, found.scales[0]!, found.zeroPoints[0]!]];
  });
  return {
    kind: 'table',
    title: 'Ranges of activations',
    columns: [
      { label: 'Value', unit: 'text' },
      { label: 'Smallest', unit: 'number' },
      { label: 'Largest', unit: 'number' },
      { label: 'Step', unit: 'number' },
      { label: 'Zero at', unit: 'count' },
    ],
    rows,
  };
}
