import { formatBytes, formatChange } from '../../../../engine/report/format';
import { selectSelectedVariant } from '../../../state/selectors';
import { reportOfWorkspace } from '../../../state/workspace-report';
import { useWorkspace } from '../../../state/use-stores';
import { sizeEvidence } from '../../components/charts/cell-evidence';
import { Evidence } from '../../components/Evidence';
import { Quantity } from '../../components/Quantity';
import { VerdictChip, type Verdict } from '../../components/VerdictChip';
import { MetricTile } from './MetricTile';

function verdictOf(before: number, after: number): Verdict {
  const ratio = after / before;
  // Within half a percent the sizes are called the same, as in the headline.
  if (Math.abs(ratio - 1) < 0.005) return 'noise';
  return ratio < 1 ? 'better' : 'worse';
}

/** Size on disk, against the original written again without change: lost metadata never counts as compression. */
export function SizeTile() {
  const variant = useWorkspace(selectSelectedVariant);
  const original = useWorkspace((state) => state.original);
  const report = useWorkspace(reportOfWorkspace);
  if (original === null || report === null) return null;
  const entry = report.variants.find((one) => one.id === variant?.id) ?? null;
  const reencoded = original.reencodedBytes;
  const bytes = variant?.optimization.sizeBytes.variant ?? original.inspection.file.sizeBytes;
  return (
    <MetricTile
      label="Size"
      value={
        <Evidence {...sizeEvidence(report, entry)}>
          <Quantity text={formatBytes(bytes)} size="metric" />
        </Evidence>
      }
      chip={
        variant === null ? undefined : (
          <VerdictChip verdict={verdictOf(reencoded, bytes)}>{formatChange(reencoded, bytes)}</VerdictChip>
        )
      }
      note={variant === null ? `${formatBytes(reencoded)} written again` : `was ${formatBytes(reencoded)}`}
    />
  );
}
