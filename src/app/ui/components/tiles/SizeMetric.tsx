import { formatBytes, formatChange } from '../../../../engine/format';
import { gainsByCompression } from '../../../../engine/report/headline';
import type { Report, ReportVariant } from '../../../../engine/report/report-schema';
import { sizeEvidence } from '../charts/cell-evidence';
import { Evidence } from '../Evidence';
import { Quantity } from '../Quantity';
import { VerdictChip } from '../VerdictChip';
import { toneOfSizes } from '../verdict-tone';
import { MetricTile } from './MetricTile';

/** Size on disk, against the file that was opened. */
export function SizeMetric({ report, variant }: { readonly report: Report; readonly variant: ReportVariant }) {
  const { original, variant: bytes } = variant.sizeBytes;
  return (
    <MetricTile
      label="Size"
      value={
        <Evidence {...sizeEvidence(report, variant)}>
          <Quantity text={formatBytes(bytes)} size="metric" />
        </Evidence>
      }
      chip={<VerdictChip verdict={toneOfSizes(original, bytes)}>{formatChange(original, bytes)}</VerdictChip>}
      note={`was ${formatBytes(original)}${compressedNote(variant)}`}
    />
  );
}

function compressedNote({ sizeBytes, gzipBytes }: ReportVariant): string {
  if (gzipBytes === null || !gainsByCompression(sizeBytes, gzipBytes)) return '';
  return `; after gzip ${formatBytes(gzipBytes.variant)}, was ${formatBytes(gzipBytes.original)}`;
}
