import { formatBytes } from '../../../../engine/format';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { originalBytes } from '../../../state/workspace/selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { sizeEvidence } from '../../components/charts/cell-evidence';
import { Evidence } from '../../components/Evidence';
import { Quantity } from '../../components/Quantity';
import { MetricTile } from '../../components/tiles/MetricTile';
import { SizeMetric } from '../../components/tiles/SizeMetric';

/** Size of the selected model; of a variant against the original. */
export function SizeTile() {
  const selected = useWorkspace((state) => state.selected);
  const original = useWorkspace((state) => state.original);
  const report = useWorkspace(reportOfWorkspace);
  if (original === null || report === null) return null;
  const variant = report.variants.find((one) => one.id === selected);
  if (variant !== undefined) return <SizeMetric report={report} variant={variant} />;
  return (
    <MetricTile
      label="Size"
      value={
        <Evidence {...sizeEvidence(report, null)}>
          <Quantity text={formatBytes(originalBytes(original))} size="metric" />
        </Evidence>
      }
    />
  );
}
