import { advise } from '../../../../engine/advisor/advise';
import { findSearched } from '../../../../engine/report/find-in-report';
import { asksForData, changeSinceEvaluation, isDataFed, labeledEvaluation } from '../../../state/data/data-selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { advisorFacts } from '../../../state/report/advisor-facts';
import { selectPrimaryAction } from '../../../state/report/primary-action';
import { cellKey, type WorkspaceState } from '../../../state/workspace/workspace-store';
import { CommandButton } from '../../components/CommandButton';
import { GiveDataButton } from '../../components/GiveDataButton';
import { AccuracyMetric } from '../../components/tiles/AccuracyMetric';
import { MetricTile } from '../../components/tiles/MetricTile';

function firstAdvice(state: WorkspaceState): string | undefined {
  const facts = advisorFacts(state);
  return facts === null ? undefined : advise(facts)[0]?.action?.kind;
}

/** Accuracy of the selected variant. Without data it asks for some; unlabeled data has no accuracy. */
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
  const asks = useWorkspace(asksForData);
  const isNext = useWorkspace(
    (state) => asksForData(state) && selectPrimaryAction(state) === 'none' && firstAdvice(state) === 'give-data',
  );
  if (asks) return <MetricTile label="Accuracy" value={<GiveDataButton isFilled={isNext} />} empty />;
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
