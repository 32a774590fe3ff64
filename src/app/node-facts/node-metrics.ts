/** Every number that the graph can be colored by and the layers can list, in the order of menus and columns. */
import {
  activationsMetric,
  bytesMetric,
  flopsMetric,
  macsMetric,
  parametersMetric,
  sharedParametersMetric,
} from './inspected-metrics';
import { localSqnrMetric, sqnrMetric, timeMetric } from './measured-metrics';
import type { NodeMetric } from './node-metric';
import { plannedRemovalMetric } from './planned-removal-metric';
import { sensitivityNodeMetrics } from './sensitivity-metrics';
import { sparsityMetric } from './sparsity-metric';

interface NodeMetricGroup {
  readonly title: string;
  readonly metrics: readonly NodeMetric[];
}

export const nodeMetricGroups: readonly NodeMetricGroup[] = [
  {
    title: 'Cost',
    metrics: [parametersMetric, sharedParametersMetric, macsMetric, flopsMetric, bytesMetric, activationsMetric],
  },
  { title: 'Measured', metrics: [timeMetric, sqnrMetric, localSqnrMetric] },
  { title: 'Sensitivity', metrics: sensitivityNodeMetrics },
  { title: 'Pruning', metrics: [plannedRemovalMetric, sparsityMetric] },
];

export const nodeMetrics: readonly NodeMetric[] = nodeMetricGroups.flatMap(({ metrics }) => metrics);
