/** One cell of the matrix: a box to choose it, and what is known about it, as a button that opens the details. */
import { Checkbox, CloseButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { matchGrade } from '../../../../engine/metrics/match-grade';
import { gradeWords, matchWords } from '../../../../engine/report/describe-match';
import { capitalize, formatProvider } from '../../../../engine/format';
import { cancelCell } from '../../../state/benchmark/benchmark-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { originalId } from '../../../state/workspace/workspace-store';
import { speedClaim } from '../../components/charts/comparison-model';
import { findCell, findEvaluation } from '../../../../engine/report/find-in-report';
import { accuracyName, formatMetric, leadingEstimate } from '../../../../engine/metrics/describe-accuracy';
import type { Report, ReportCell } from '../../../../engine/report/report-schema';
import { partnerName, timesOn } from '../../../../engine/report/paired-times';
import { Note } from '../../components/Note';
import { Quantity } from '../../components/Quantity';
import { VerdictChip } from '../../components/VerdictChip';
import type { MatrixCell } from './matrix-model';
import classes from './benchmark.module.css';

interface MatrixCellViewProps {
  readonly cell: MatrixCell;
  readonly rowName: string;
  readonly shown: boolean;
  readonly onCheck: () => void;
  readonly onShow: () => void;
}

export function MatrixCellView({ cell, rowName, shown, onCheck, onShow }: MatrixCellViewProps) {
  const subject = `${rowName} on ${formatProvider(cell.ep)}`;
  const underWay = cell.state === 'running' || cell.state === 'waiting';
  return (
    <div className={classes.choice} data-testid={`cell-${cell.key}`} data-state={cell.state}>
      {underWay ? (
        <CloseButton size="sm" aria-label={`Cancel ${subject}`} onClick={() => cancelCell(cell.variant, cell.ep)} />
      ) : (
        <Checkbox
          size="xs"
          radius={4}
          iconColor="var(--on-ink)"
          className={classes.box}
          aria-label={`Measure ${subject}`}
          checked={cell.checked}
          onChange={onCheck}
        />
      )}
      <CellButton cell={cell} shown={shown} onShow={onShow}>
        <span className={classes.provider}>{formatProvider(cell.ep)}</span>
        <CellContent cell={cell} subject={subject} />
      </CellButton>
    </div>
  );
}

interface CellButtonProps extends Pick<MatrixCellViewProps, 'cell' | 'shown' | 'onShow'> {
  readonly children: ReactNode;
}

/** Only a cell with something behind it can be opened. */
function CellButton({ cell, shown, onShow, children }: CellButtonProps) {
  if (cell.state !== 'measured' && cell.state !== 'failed') return <div className={classes.content}>{children}</div>;
  return (
    <button type="button" className={classes.content} aria-pressed={shown} title="Show details" onClick={onShow}>
      {children}
    </button>
  );
}

interface CellContentProps {
  readonly cell: MatrixCell;
  /** The variant's name and the provider. */
  readonly subject: string;
}

function CellContent({ cell, subject }: CellContentProps) {
  switch (cell.state) {
    case 'measured':
      return <Measured cell={cell} />;
    case 'failed':
      return (
        <>
          <VerdictChip verdict="invalid">Failed</VerdictChip>
          <Note span>Show the reason</Note>
        </>
      );
    case 'running':
      return <Running cell={cell} subject={subject} />;
    case 'waiting':
      return <Note span>Queued</Note>;
    case 'canceled':
      return <Note span>Canceled</Note>;
    case 'empty':
      return <Note span>Not measured</Note>;
  }
}

function Measured({ cell }: { readonly cell: MatrixCell }) {
  const report = useWorkspace(reportOfWorkspace);
  const result = report === null ? undefined : findCell(report, cell.variant, cell.ep);
  if (report === null || result === undefined) return null;
  const times = timesOn(report, cell.ep);
  const isOriginal = cell.variant === originalId;
  const time = isOriginal ? times.original : times.variants.get(cell.variant)?.own;
  const isSpan = isOriginal && times.original?.isSpan === true;
  const beside = times.isWithEach ? times.variants.get(cell.variant)?.original : undefined;
  const grade = matchGrade(result.outputMatch);
  const wrong = grade === 'wrong';
  const hidden = wrong || grade === 'not-comparable';
  const claim = hidden || cell.stale ? null : speedClaim(report, result);
  return (
    <>
      {wrong ? <VerdictChip verdict="invalid">Output wrong</VerdictChip> : null}
      {grade === 'not-comparable' ? <VerdictChip verdict="noise">Outputs not comparable</VerdictChip> : null}
      {grade === 'strong' ? <VerdictChip verdict="worse">Outputs {gradeWords(result.outputMatch)}</VerdictChip> : null}
      <strong className={classes.median} data-wrong={wrong} data-stale={cell.stale} data-span={isSpan}>
        <Quantity text={time?.text ?? 'ratio only'} />
      </strong>
      {claim === null ? null : <VerdictChip verdict={claim.tone}>{claim.short}</VerdictChip>}
      <Note span>
        {cell.stale ? 'Settings changed: measure again' : isSpan ? 'over several runs' : time?.range}
        {beside === undefined || cell.stale ? null : `, ${partnerName(cell.ep)} ${beside.text}`}
      </Note>
      {hidden || cell.stale ? null : <Note span>{describeCost(report, result)}</Note>}
    </>
  );
}

/**
 * What the speed costs: `Accuracy 91.2 % on WASM, output error 0.89 %`, with the provider if it was evaluated on another one. Without an
 * evaluation, the outputs alone are compared.
 */
function describeCost(report: Report, { variant, ep, outputMatch }: ReportCell): string {
  const evaluation = findEvaluation(report, variant);
  const leading = evaluation && leadingEstimate(evaluation);
  const words = matchWords(outputMatch);
  const output = words === 'identical' ? 'output identical' : words;
  if (!evaluation || !leading) return capitalize(output);
  const elsewhere = evaluation.ep === ep ? '' : ` on ${formatProvider(evaluation.ep)}`;
  const accuracy = formatMetric(leading.metric, leading.estimate.value);
  return `${accuracyName(leading.metric)} ${accuracy}${elsewhere}, ${output}`;
}

function Running({ cell, subject }: CellContentProps) {
  return (
    <>
      <Note span>{cell.stage || 'Starting'}</Note>
      <span
        className={classes.track}
        role="progressbar"
        aria-label={subject}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(cell.share * 100)}
      >
        <span className={classes.bar} style={{ transform: `scaleX(${cell.share})` }} />
      </span>
    </>
  );
}
