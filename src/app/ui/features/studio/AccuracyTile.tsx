import { findSearched } from '../../../../engine/report/find-in-report';
import { changeSinceEvaluation, isDataFed, labeledEvaluation } from '../../../state/data/data-selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { cellKey } from '../../../state/workspace/workspace-store';
import { CommandButton } from '../../components/CommandButton';
import { AccuracyMetric } from '../../components/tiles/AccuracyMetric';
import { MetricTile } from '../../components/tiles/MetricTile';

/** Accuracy of the selected variant, once there is data to find it on; until then the output match says that it is unknown. */
export function AccuracyTile() {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  const hasData = useWorkspace((state) => state.data !== null && state.data.mapping.labels !== null);
  const fed = useWorkspace(isDataFed);
  const changed = useWorkspace((state) => {
    const evaluation = labeledEvaluation(state, state.selected);
    return evaluation === null
      ? undefined
      : changeSinceEvaluation(state, cellKey(state.selected, evaluation.evaluation.ep));
  });
  const evaluated = useWorkspace((state) => labeledEvaluation(state, state.selected) !== null);
  if (report === null || (!hasData && !evaluated)) return null;
  if (changed !== undefined) {
    const again = (
      <CommandButton command="evaluate" compact>
        Evaluate again
      </CommandButton>
    );
    const note = changed === 'split' ? 'other samples selected' : 'data or mapping changed';
    return <MetricTile label="Accuracy" value={again} note={note} empty />;
  }
  if (!evaluated && !fed) {
    const fit = (
      <CommandButton command="go-data" compact>
        Check the data
      </CommandButton>
    );
    return <MetricTile label="Accuracy" value={fit} note="does not match the inputs" empty />;
  }
  if (!evaluated && findSearched(report, selected) === undefined) {
    const evaluate = (
      <CommandButton command="evaluate" compact>
        Evaluate
      </CommandButton>
    );
    return <MetricTile label="Accuracy" value={evaluate} empty />;
  }
  return <AccuracyMetric report={report} variantId={selected} />;
}
