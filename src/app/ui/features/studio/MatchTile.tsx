import { useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { MatchMetric } from '../../components/tiles/MatchMetric';

export function MatchTile() {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  return report === null ? null : <MatchMetric report={report} variantId={selected} />;
}
