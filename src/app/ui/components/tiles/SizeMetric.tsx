import { formatBytes, formatChange } from '../../../../engine/format';
import { formatSizeBefore, gainsByCompression } from '../../../../engine/report/headline';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { sizeEvidence } from '../charts/cell-evidence';
import { Evidence } from '../Evidence';
import { Quantity } from '../Quantity';
import { VerdictChip } from '../VerdictChip';
import { toneOfSizes } from '../verdict-tone';
import { MetricTile } from './MetricTile';

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
      chip={<VerdictChip verdict={toneOfSizes(reencoded, bytes)}>{formatChange(reencoded, bytes)}</VerdictChip>}
      note={`${formatSizeBefore(variant.sizeBytes)}${compressedNote(variant)}`}
    />
  );
}

function compressedNote({ sizeBytes, gzipBytes }: ReportVariant): string {
  if (gzipBytes === null || !gainsByCompression(sizeBytes, gzipBytes)) return '';
  return `; after gzip ${formatBytes(gzipBytes.variant)}, was ${formatBytes(gzipBytes.original)}`;
}
