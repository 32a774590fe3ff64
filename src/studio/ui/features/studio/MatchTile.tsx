import { useWorkspace } from '../../../state/use-stores';
import { reportOfWorkspace } from '../../../state/workspace-report';
import { MatchMetric } from '../../components/tiles/MatchMetric';

export function MatchTile() {
  const report = useWorkspace(reportOfWorkspace);
  const selected = useWorkspace((state) => state.selected);
  return report === null ? null : <MatchMetric report={report} variantId={selected} />;
}
