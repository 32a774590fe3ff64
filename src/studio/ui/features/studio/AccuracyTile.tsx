import { isEvaluationStale, labelledEvaluation } from '../../../state/data-selectors';
import { useWorkspace } from '../../../state/use-stores';
import { reportOfWorkspace } from '../../../state/workspace-report';
import { cellKey } from '../../../state/workspace-store';
import { AccuracyMetric } from '../../components/tiles/AccuracyMetric';
import { MetricTile } from '../../components/tiles/MetricTile';

/** Accuracy of the selected variant, once there is data to find it on; until then the output match says that it is unknown. */
export function AccuracyTile() {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  const hasData = useWorkspace((state) => state.data !== null && state.data.mapping.labels !== null);
  const stale = useWorkspace((state) => {
    const evaluation = labelledEvaluation(state, state.selected);
    return evaluation !== null && isEvaluationStale(state, cellKey(state.selected, evaluation.evaluation.ep));
  });
  const evaluated = useWorkspace((state) => labelledEvaluation(state, state.selected) !== null);
  if (report === null || (!hasData && !evaluated)) return null;
  if (stale) {
    return <MetricTile label="Accuracy" value="evaluate again" note="data or mapping changed" empty />;
  }
  if (!evaluated) return <MetricTile label="Accuracy" value="not evaluated" note="the data is ready" empty />;
  return <AccuracyMetric report={report} variantId={selected} />;
}
