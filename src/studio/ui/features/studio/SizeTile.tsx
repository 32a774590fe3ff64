import { formatBytes, formatChange, formatExactBytes } from '../../../../engine/report/format';
import { originalFilesKey } from '../../../platform/file-registry';
import { selectSelectedVariant } from '../../../state/selectors';
import { useWorkspace } from '../../../state/use-stores';
import { Evidence, type EvidenceFact } from '../../components/Evidence';
import { Quantity } from '../../components/Quantity';
import { VerdictChip, type Verdict } from '../../components/VerdictChip';
import { MetricTile } from './MetricTile';

function verdictOf(before: number, after: number): Verdict {
  const ratio = after / before;
  // Within half a percent the sizes are called the same, as in the headline.
  if (Math.abs(ratio - 1) < 0.005) return 'noise';
  return ratio < 1 ? 'better' : 'worse';
}

function gzipFact(term: string, bytes: number | undefined): EvidenceFact {
  return { term, value: bytes === undefined ? 'not measured yet' : formatExactBytes(bytes) };
}

/** Size on disk, against the original written again without change: lost metadata never counts as compression. */
export function SizeTile() {
  const variant = useWorkspace(selectSelectedVariant);
  const original = useWorkspace((state) => state.original);
  const originalGzip = useWorkspace((state) => state.gzipBytes[originalFilesKey]);
  const variantGzip = useWorkspace((state) => state.gzipBytes[selectSelectedVariant(state)?.filesKey ?? '']);
  if (original === null) return null;
  const reencoded = original.reencodedBytes;
  const bytes = variant?.optimization.sizeBytes.variant ?? original.inspection.file.sizeBytes;
  const facts: EvidenceFact[] = [
    ...(variant === null ? [] : [{ term: 'Variant', value: formatExactBytes(bytes) }]),
    { term: 'Original, written again', value: formatExactBytes(reencoded) },
    { term: 'Original file', value: formatExactBytes(original.inspection.file.sizeBytes) },
    ...(variant === null ? [] : [gzipFact('Variant after gzip', variantGzip)]),
    gzipFact('Original after gzip', originalGzip),
  ];
  return (
    <MetricTile
      label="Size"
      value={
        <Evidence
          title="Size"
          method="All bytes of the model and its external data. The difference is taken from the original decoded and written again without change."
          facts={facts}
        >
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
