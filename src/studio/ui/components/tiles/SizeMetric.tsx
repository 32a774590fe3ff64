import { formatBytes, formatChange } from '../../../../engine/report/format';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { sizeEvidence } from '../charts/cell-evidence';
import { Evidence } from '../Evidence';
import { Quantity } from '../Quantity';
import { VerdictChip, type Verdict } from '../VerdictChip';
import { MetricTile } from './MetricTile';

function verdictOf(before: number, after: number): Verdict {
  const ratio = after / before;
  // Within half a percent the sizes are called the same, as in the headline.
  if (Math.abs(ratio - 1) < 0.005) return 'noise';
  return ratio < 1 ? 'better' : 'worse';
}

/** Size on disk, against the original written again without change: lost metadata never counts as compression. */
export function SizeMetric({ report, variant }: { readonly report: Report; readonly variant: ReportVariant }) {
  const { reencoded, variant: bytes } = variant.sizeBytes;
  return (
    <MetricTile
      label="Size"
      value={
        <Evidence {...sizeEvidence(report, variant)}>
          <Quantity text={formatBytes(bytes)} size="metric" />
        </Evidence>
      }
      chip={<VerdictChip verdict={verdictOf(reencoded, bytes)}>{formatChange(reencoded, bytes)}</VerdictChip>}
      note={`was ${formatBytes(reencoded)}`}
    />
  );
}
