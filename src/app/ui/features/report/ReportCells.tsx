/** Every cell of the report: one line each, and in full when it is opened. */
import { useState } from 'react';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { formatProvider } from '../../../../engine/format';
import type { Report } from '../../../../engine/report/report-schema';
import { originalId } from '../../../state/workspace/workspace-store';
import { CellDetails } from '../../components/charts/CellDetails';
import { speedClaim } from '../../components/charts/comparison-model';
import { findCell, findFailure, measuredProviders } from '../../../../engine/report/find-in-report';
import { partnerName, timesOn } from '../../../../engine/report/paired-times';
import { ChevronIcon } from '../../components/icons';
import { VariantDot } from '../../components/VariantDot';
import { VerdictChip } from '../../components/VerdictChip';
import { ReportPart } from './FoldedOnPhone';
import classes from './report.module.css';

interface ReportCellsProps {
  readonly report: Report;
  readonly colorOf: (id: string) => string;
}

export function ReportCells({ report, colorOf }: ReportCellsProps) {
  if (report.cells.length === 0 && report.failures.length === 0) return null;
  const rows = [{ id: originalId, name: 'original' }, ...report.variants];
  return (
    <ReportPart title="Measurements">
      <div>
        {rows.flatMap(({ id, name }) =>
          measuredProviders(report).map((ep) => (
            <CellLine key={`${id}|${ep}`} report={report} variantId={id} name={name} ep={ep} color={colorOf(id)} />
          )),
        )}
      </div>
    </ReportPart>
  );
}

interface CellLineProps {
  readonly report: Report;
  readonly variantId: string;
  readonly name: string;
  readonly ep: ExecutionProvider;
  readonly color: string;
}

function CellLine({ report, variantId, name, ep, color }: CellLineProps) {
  const [open, setOpen] = useState(false);
  const cell = findCell(report, variantId, ep);
  const failed = findFailure(report, variantId, ep) !== undefined;
  if (cell === undefined && !failed) return null;
  const claim = cell === undefined ? null : speedClaim(report, cell);
  const times = timesOn(report, ep);
  const time = variantId === originalId ? times.original : times.variants.get(variantId)?.own;
  const beside = times.isWithEach ? times.variants.get(variantId)?.original : undefined;
  return (
    <details className={classes.line} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={classes.summary}>
        <span className={classes.chevron}>
          <ChevronIcon />
        </span>
        <VariantDot color={color} hollow={variantId === originalId} />
        <span className={classes.name}>
          {name} <span className={classes.provider}>{formatProvider(ep)}</span>
        </span>
        {failed ? (
          <span className={classes.chip}>
            <VerdictChip verdict="invalid">did not run</VerdictChip>
          </span>
        ) : null}
        {claim === null ? null : (
          <span className={classes.chip}>
            <VerdictChip verdict={claim.tone}>{claim.short}</VerdictChip>
          </span>
        )}
        {cell === undefined ? null : (
          <span className={classes.median}>
            <strong>{time?.text ?? 'ratio only'}</strong>
            {beside === undefined ? null : ` ${partnerName(ep)} ${beside.text}`}
          </span>
        )}
      </summary>
      {open ? (
        <div className={classes.body}>
          <CellDetails report={report} variantId={variantId} ep={ep} color={color} />
        </div>
      ) : null}
    </details>
  );
}
