import { formatDuration, formatProvider } from '../../../../engine/format';
import type { Report, ReportCell } from '../../../../engine/report/report-schema';
import { originalId } from '../../../state/workspace/workspace-store';
import { latencyEvidence } from '../charts/cell-evidence';
import { speedClaim } from '../charts/comparison-model';
import { timesOn } from '../../../../engine/report/paired-times';
import { Evidence } from '../Evidence';
import { Quantity } from '../Quantity';
import { VerdictChip } from '../VerdictChip';
import { MetricTile } from './MetricTile';

/** The median latency of a cell, and what may be claimed about it against the original. */
export function LatencyMetric({ report, cell }: { readonly report: Report; readonly cell: ReportCell }) {
  const isOriginal = cell.variant === originalId;
  const times = timesOn(report, cell.ep);
  const beside = times.variants.get(cell.variant)?.original;
  const time = isOriginal ? times.original : times.variants.get(cell.variant)?.own;
  const claim = speedClaim(report, cell);
  return (
    <MetricTile
      label={`Latency · ${formatProvider(cell.ep)}`}
      value={
        <Evidence {...latencyEvidence(report, cell)}>
          <Quantity text={time?.text ?? 'ratio only'} size="metric" />
        </Evidence>
      }
      chip={
        claim === null ? undefined : (
          <VerdictChip verdict={claim.tone} title={claim.full}>
            {claim.short}
          </VerdictChip>
        )
      }
      note={beside === undefined ? `first run ${formatDuration(cell.firstRunMs)}` : `was ${beside.text}`}
    />
  );
}
