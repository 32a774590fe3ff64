/** One cell in full: what may be claimed, the three times, how they spread, where it ran, how it was measured. */
import { Box, Stack, Text } from '@mantine/core';
import { lazy, Suspense, useMemo } from 'react';
import type { ExecutionProvider } from '../../../../engine/metrics/cell';
import { matchGrade } from '../../../../engine/metrics/match-grade';
import { describeRatio } from '../../../../engine/verdict/speed-verdict';
import { explainFigure, isIdenticalOutput, matchFigure } from '../../../../engine/report/describe-match';
import { capitalize, formatCosine, formatCounted, formatDuration, formatPercent } from '../../../../engine/format';
import type { Report, ReportCell } from '../../../../engine/report/report-schema';
import type { GlossaryTerm } from '../../../../engine/glossary';
import { originalId } from '../../../state/workspace/workspace-store';
import { originalColor } from '../../theme/variant-color';
import { Banner } from '../Banner';
import { ProviderTerm } from '../ProviderTerm';
import { Quantity } from '../Quantity';
import { Term } from '../Term';
import { VariantDot } from '../VariantDot';
import { VerdictChip } from '../VerdictChip';
import { describeFlags, latencyEvidence } from './cell-evidence';
import { FactList } from '../FactList';
import { Note } from '../Note';
import classes from './CellDetails.module.css';
import { speedClaim } from './comparison-model';
import { buildDistribution } from './distribution-series';
import { findCell, findComparison, findFailure } from '../../../../engine/report/find-in-report';
import { showTime } from '../../../../engine/metrics/shown-time';
import { partnerName, timesOn } from '../../../../engine/report/paired-times';
import { describePlacement, placementSegments } from './placement-segments';

const DistributionChart = lazy(() => import('./DistributionChart'));

interface CellDetailsProps {
  readonly report: Report;
  readonly variantId: string;
  readonly ep: ExecutionProvider;
  readonly color: string;
  readonly stale?: boolean;
}

export function CellDetails({ report, variantId, ep, color, stale = false }: CellDetailsProps) {
  const name =
    variantId === originalId ? 'original' : (report.variants.find(({ id }) => id === variantId)?.name ?? variantId);
  const cell = findCell(report, variantId, ep);
  const failure = findFailure(report, variantId, ep);
  return (
    <Stack miw={0}>
      <h2 className={classes.title}>
        <VariantDot color={color} hollow={variantId === originalId} />
        <span>
          {name} on <ProviderTerm ep={ep} />
        </span>
      </h2>
      {failure === undefined ? null : (
        <Banner kind="problem">
          <strong>This variant did not run.</strong> {failure.message}
        </Banner>
      )}
      {cell === undefined ? null : <MeasuredCell report={report} cell={cell} name={name} color={color} stale={stale} />}
    </Stack>
  );
}

interface MeasuredCellProps {
  readonly report: Report;
  readonly cell: ReportCell;
  readonly name: string;
  readonly color: string;
  readonly stale: boolean;
}

function MeasuredCell({ report, cell, name, color, stale }: MeasuredCellProps) {
  const rows = useMemo(() => {
    const original = { id: originalId, name: partnerName(cell.ep), color: originalColor };
    return cell.variant === originalId
      ? [{ ...original, name: 'original' }]
      : [original, { id: cell.variant, name, color }];
  }, [cell.variant, cell.ep, name, color]);
  const distribution = useMemo(() => buildDistribution(report, cell.ep, rows), [report, cell.ep, rows]);
  const evidence = latencyEvidence(report, cell);
  return (
    <>
      <MatchBanner match={cell.outputMatch} />
      {stale ? <Banner kind="notice">Settings changed since this was measured. Measure again.</Banner> : null}
      {stale ? null : <Claim report={report} cell={cell} />}
      <Turns report={report} cell={cell} />
      <Times report={report} cell={cell} />
      <Flags cell={cell} />
      {distribution === null ? null : (
        <Suspense fallback={<Box h={300} />}>
          <DistributionChart distribution={distribution} fileName={`${name}-${cell.ep}-distribution`} />
        </Suspense>
      )}
      <Match cell={cell} />
      <Placement placement={cell.placement} color={color} />
      <details>
        <Text component="summary" fw={600}>
          How was this measured?
        </Text>
        <Text component="div" size="xs" mt={8}>
          <FactList facts={evidence.facts} />
        </Text>
      </details>
    </>
  );
}

/** States what must be known of the outputs before any figure of speed is read. */
function MatchBanner({ match }: { readonly match: ReportCell['outputMatch'] }) {
  switch (matchGrade(match)) {
    case 'not-comparable':
      return (
        <Banner kind="notice">
          <strong>Outputs are not comparable, so no speed is claimed.</strong> {match.problem}
        </Banner>
      );
    case 'wrong':
      return (
        <Banner kind="problem">
          <strong>The output is wrong, so no speed is claimed.</strong> {match.problem}
        </Banner>
      );
    case 'strong':
      return (
        <Banner kind="problem">
          <strong>The outputs differ strongly.</strong> {explainFigure(match)}. Check the accuracy before you use this
          variant.
        </Banner>
      );
    default:
      return null;
  }
}

/** The ratio with its interval and its noise floor. Wrong outputs get no claim about speed. */
function Claim({ report, cell }: Pick<MeasuredCellProps, 'report' | 'cell'>) {
  const claim = speedClaim(report, cell);
  const comparison = findComparison(report, cell);
  if (claim === null || comparison === undefined || !cell.outputMatch.valid) return null;
  return (
    <Stack gap={8} align="flex-start">
      <VerdictChip verdict={claim.tone}>{claim.short}</VerdictChip>
      <Note>
        {describeRatio({ ...comparison, verdict: 'faster' })}, <Term name="Interval">95 % interval</Term>,{' '}
        {comparison.pairs} <Term name="Pairs">pairs</Term>, <Term name="Noise floor">noise floor</Term>{' '}
        {formatPercent(comparison.noiseFloor)}
      </Note>
    </Stack>
  );
}

/** The number that ratios are made of is another than the original's own: both are named where both stand. */
function Turns({ report, cell }: Pick<MeasuredCellProps, 'report' | 'cell'>) {
  const times = timesOn(report, cell.ep);
  if (times.variants.has(cell.variant)) {
    const { own, original } = times.variants.get(cell.variant) ?? {};
    if (own === undefined)
      return <Note>The device changed its speed during the runs: only the ratio is reliable.</Note>;
    return original === undefined ? null : (
      <Note>
        {capitalize(partnerName(cell.ep))} in the same run: {original.text}
      </Note>
    );
  }
  const { original } = times;
  if (original === undefined || original.inTurnsWith.length === 0) return null;
  const [first, ...more] = original.inTurnsWith;
  const partner =
    more.length > 0 ? formatCounted(original.inTurnsWith.length, 'variant') : nameOfVariant(report, first!);
  return (
    <Note>
      {original.text} when alternating with {partner}. The times below are of a separate run.
    </Note>
  );
}

function nameOfVariant({ variants }: Report, variantId: string): string {
  return variants.find(({ id }) => id === variantId)?.name ?? variantId;
}

function Times({ report, cell }: Pick<MeasuredCellProps, 'report' | 'cell'>) {
  const own = timesOn(report, cell.ep).variants.get(cell.variant)?.own ?? showTime(cell.steady);
  const times: readonly { readonly term: GlossaryTerm; readonly text: string }[] = [
    { term: 'Load', text: formatDuration(cell.loadMs) },
    { term: 'First run', text: formatDuration(cell.firstRunMs) },
    { term: 'Steady state', text: own.text },
  ];
  return (
    <dl className={classes.times}>
      {times.map(({ term, text }) => (
        <div key={term}>
          <dt>
            <Term name={term} />
          </dt>
          <dd>
            <Quantity text={text} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Flags({ cell }: { readonly cell: ReportCell }) {
  if (cell.flags.length === 0) return null;
  return (
    <ul className={classes.flags} aria-label="What to know about this measurement">
      {describeFlags(cell).map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}

function Match({ cell }: { readonly cell: ReportCell }) {
  const { outputMatch } = cell;
  return (
    <Stack component="section" gap={8}>
      <h3>
        <Term name="Output match" />
      </h3>
      <table className={classes.outputs}>
        <caption className="visually-hidden">Output match per output</caption>
        <thead>
          <tr>
            <th scope="col">Output</th>
            <th scope="col">
              <Term name="SQNR" />
            </th>
            <th scope="col">Cosine</th>
          </tr>
        </thead>
        <tbody>
          {outputMatch.outputs.map((output) => (
            <tr key={output.name}>
              <th scope="row">{output.name}</th>
              <td>{matchFigure({ ...output, identical: isIdenticalOutput(output) })}</td>
              <td>{output.cosine === null ? '–' : formatCosine(output.cosine)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Stack>
  );
}

interface PlacementProps {
  readonly placement: ReportCell['placement'];
  /** The color of the variant. */
  readonly color: string;
}

/** Shows how many nodes each provider computed, as shares of one bar. */
function Placement({ placement, color }: PlacementProps) {
  const segments = placementSegments(placement);
  if (segments.length === 0) return null;
  return (
    <Stack component="section" gap={4}>
      <h3>
        <Term name="Placement" />
      </h3>
      <div className={classes.bar} style={{ '--variant': color } as React.CSSProperties} aria-hidden="true">
        {segments.map(({ provider, share }, index) => (
          <span key={provider} className={classes.segment} data-first={index === 0} style={{ flexGrow: share }} />
        ))}
      </div>
      <Note>{describePlacement(placement)}</Note>
    </Stack>
  );
}
