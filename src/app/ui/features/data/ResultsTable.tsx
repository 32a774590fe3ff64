/** A row per variant: the leading figure large, its interval drawn, and the paired difference to the original in words. */
import { Group, Text } from '@mantine/core';
import type { DataMatch, Estimate, Evaluation } from '../../../../engine/metrics/evaluation';
import {
  formatDifference,
  formatDifferenceInterval,
  formatMetric,
  formatMetricInterval,
  isShareMetric,
  metricName,
} from '../../../../engine/metrics/describe-accuracy';
import { errorFigure, gradeWords } from '../../../../engine/report/describe-match';
import { formatCount } from '../../../../engine/format';
import { originalId } from '../../../state/workspace/workspace-store';
import type { GlossaryTerm } from '../../../../engine/glossary';
import cards from '../../components/CardRows.module.css';
import { Term } from '../../components/Term';
import { VariantDot } from '../../components/VariantDot';
import { VerdictChip } from '../../components/VerdictChip';
import { toneOfMatch } from '../../components/verdict-tone';
import { verdictOfEvaluation } from '../../../../engine/search/candidate-verdict';
import { usualGoal } from '../../../../engine/search/search-goal';
import { shortVerdict, toneOfLoss } from '../../../../engine/verdict/loss-verdict';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { axisFor, leadingOf, metricsOf, placeOn, resultProblem, type Axis, type ResultRow } from './results-model';
import classes from './data.module.css';
import { ownValue } from '../../../../engine/own-value';

interface ResultsTableProps {
  readonly rows: readonly ResultRow[];
  /** The provider's name. */
  readonly where: string;
}

/** Columns that have a value in some row. */
interface ResultColumns {
  /** The leading metric; `undefined` if there is no accuracy. */
  readonly leading: string | undefined;
  readonly others: readonly string[];
  readonly hasRecorded: boolean;
}

export function ResultsTable({ rows, where }: ResultsTableProps) {
  const [leading, ...others] = metricsOf(rows);
  const axis = leading === undefined || !isShareMetric(leading) ? null : axisOf(rows, leading);
  const hasRecorded = rows.some(({ recorded }) => recorded?.evaluation.recorded !== undefined);
  const columns = { leading, others, hasRecorded };
  const original = rows.find(({ id }) => id === originalId)?.recorded?.evaluation;
  const dataName = rows.find(({ recorded }) => recorded !== null)?.recorded?.context.dataName ?? '';
  return (
    <div>
      <h2>{leading === undefined ? 'Output match' : 'Accuracy'}</h2>
      <Text size="xs" c="dimmed" mb={8}>
        {dataName}, {where}
        {leading === undefined ? '' : '; 95 % intervals'}
      </Text>
      <div className={classes.box} tabIndex={0} role="group" aria-label="Results of every variant">
        <table className={`${classes.resultsTable} ${cards.cards}`} role="table">
          <caption className="visually-hidden">
            {leading === undefined ? 'Output match' : 'Accuracy'} of every variant on {dataName}, {where}
          </caption>
          <Head columns={columns} axis={axis} />
          <tbody role="rowgroup">
            {rows.map((row) => (
              <Row key={row.id} row={row} original={original} columns={columns} axis={axis} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

interface HeadProps {
  readonly columns: ResultColumns;
  readonly axis: Axis | null;
}

function Head({ columns: { leading, others, hasRecorded }, axis }: HeadProps) {
  return (
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">
          Variant
        </th>
        {leading === undefined ? null : (
          <th role="columnheader" scope="col">
            <MetricTerm metric={leading} />
            {axis === null ? null : <span className={classes.axis}> {axisText(axis)}</span>}
          </th>
        )}
        {leading === undefined ? null : (
          <th role="columnheader" scope="col">
            Difference
          </th>
        )}
        {others.map((metric) => (
          <th key={metric} role="columnheader" scope="col">
            <MetricTerm metric={metric} />
          </th>
        ))}
        <th role="columnheader" scope="col">
          <Term name="Output match" />
        </th>
        {hasRecorded ? (
          <th role="columnheader" scope="col">
            <Term name="Recorded outputs" />
          </th>
        ) : null}
        <th role="columnheader" scope="col" className={classes.number}>
          Samples
        </th>
      </tr>
    </thead>
  );
}

const metricTerms: Readonly<Record<string, { readonly term: GlossaryTerm }>> = {
  top1: { term: 'Top-1' },
  top5: { term: 'Top-5' },
  precision: { term: 'Precision' },
  recall: { term: 'Recall' },
  perplexity: { term: 'Perplexity' },
  nextTokenAgreement: { term: 'Same next token' },
};

function MetricTerm({ metric }: { readonly metric: string }) {
  const known = ownValue(metricTerms, metric);
  return known === undefined ? metricName(metric) : <Term name={known.term}>{metricName(metric)}</Term>;
}

function axisOf(rows: readonly ResultRow[], metric: string): Axis | null {
  const estimates = rows.flatMap(({ recorded }) => recorded?.evaluation.accuracy?.metrics[metric] ?? []);
  return estimates.length === 0 ? null : axisFor(estimates);
}

function axisText({ from, to }: Axis): string {
  return `${Math.round(from * 100)} to ${Math.round(to * 100)}\u00a0%`;
}

interface RowProps {
  readonly row: ResultRow;
  readonly original: Evaluation | undefined;
  readonly columns: ResultColumns;
  readonly axis: Axis | null;
}

function Row({ row, original, columns: { leading, others, hasRecorded }, axis }: RowProps) {
  const { recorded, stale } = row;
  const evaluation = recorded?.evaluation;
  const problem = resultProblem(row);
  const lead = leadingOf(evaluation?.accuracy ?? null);
  return (
    <tr role="row" data-outdated={stale} data-testid={`result-${row.id}`}>
      <th role="rowheader" scope="row">
        <Group gap={8} align="baseline" wrap="nowrap" className={classes.breakable}>
          <VariantDot color={row.color} hollow={row.id === originalId} />
          <span>
            {row.name}
            {stale ? <span className={classes.interval}>evaluate again</span> : null}
            {problem === null ? null : <span className={classes.rowProblem}>{problem}</span>}
          </span>
        </Group>
      </th>
      {leading === undefined ? null : (
        <td role="cell" data-title={metricName(leading)}>
          {lead === null ? (
            <Muted>{missingWords(evaluation, problem)}</Muted>
          ) : (
            <LeadingFigure metric={lead.metric} estimate={lead.estimate} axis={axis} color={row.color} />
          )}
        </td>
      )}
      {leading === undefined ? null : (
        <td role="cell" data-title="Difference" data-wide>
          <Difference evaluation={evaluation} original={original} />
        </td>
      )}
      {others.map((metric) => (
        <td key={metric} role="cell" data-title={metricName(metric)}>
          <Figure metric={metric} estimate={evaluation?.accuracy?.metrics[metric]} />
        </td>
      ))}
      <td role="cell" data-title="Output match">
        <Match evaluation={evaluation} match={evaluation?.outputMatch} missing="reference" />
      </td>
      {hasRecorded ? (
        <td role="cell" data-title="Recorded outputs">
          <Match evaluation={evaluation} match={evaluation?.recorded} missing="–" />
        </td>
      ) : null}
      <td role="cell" data-title="Samples" className={classes.number}>
        <Samples evaluation={evaluation} />
      </td>
    </tr>
  );
}

interface EvaluationProps {
  /** `undefined`: not evaluated. */
  readonly evaluation: Evaluation | undefined;
}

function missingWords(evaluation: Evaluation | undefined, problem: string | null): string {
  if (evaluation === undefined) return 'not evaluated';
  if (evaluation.failure !== undefined) return 'did not run';
  return problem === null ? 'no labels' : 'labels do not fit';
}

/** A model that did not run has no samples. Samples that were skipped were skipped for all variants. */
function Samples({ evaluation }: EvaluationProps) {
  if (evaluation === undefined || evaluation.failure !== undefined) return '–';
  const { samples, skipped } = evaluation;
  return (
    <>
      {formatCount(samples)}
      {skipped === 0 ? null : <span className={classes.interval}>{formatCount(skipped)} skipped</span>}
    </>
  );
}

interface LeadingFigureProps {
  readonly metric: string;
  readonly estimate: Estimate;
  readonly axis: Axis | null;
  readonly color: string;
}

function LeadingFigure({ metric, estimate, axis, color }: LeadingFigureProps) {
  return (
    <span className={classes.leading}>
      <span className={classes.figureOfRow}>{formatMetric(metric, estimate.value)}</span>
      <span className={classes.interval}>{formatMetricInterval(metric, estimate.interval)}</span>
      {axis === null ? null : <IntervalStrip estimate={estimate} axis={axis} color={color} />}
    </span>
  );
}

/**
 * The interval as a line and the figure as a dot, on the axis that all rows share. With recharts, each row would need
 * its own chart.
 */
function IntervalStrip({ estimate, axis, color }: { estimate: Estimate; axis: Axis; color: string }) {
  const at = (value: number): number => placeOn(axis, value) * 100;
  const [low, high] = estimate.interval.map(at);
  return (
    <svg className={classes.strip} viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
      <line x1="0" x2="100" y1="6" y2="6" stroke="var(--grid-line)" vectorEffect="non-scaling-stroke" />
      <line x1={low} x2={high} y1="6" y2="6" stroke={color} strokeWidth="2" vectorEffect="non-scaling-stroke" />
      {[low, high, at(estimate.value)].map((x, index) => (
        <line
          key={index}
          x1={x}
          x2={x}
          y1={index === 2 ? 0 : 3}
          y2={index === 2 ? 12 : 9}
          stroke={color}
          strokeWidth={index === 2 ? 3 : 2}
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}

function Figure({ metric, estimate }: { readonly metric: string; readonly estimate: Estimate | undefined }) {
  if (estimate === undefined) return <Muted>–</Muted>;
  // The precision of a model that never says yes.
  if (Number.isNaN(estimate.value)) return <Muted>not defined</Muted>;
  return (
    <>
      {formatMetric(metric, estimate.value)}
      <span className={classes.interval}>{formatMetricInterval(metric, estimate.interval)}</span>
    </>
  );
}

function Difference({ evaluation, original }: EvaluationProps & Pick<RowProps, 'original'>) {
  const limits = useWorkspace((state) => state.search?.goal.limits ?? usualGoal.limits);
  const difference = evaluation?.difference;
  const known = evaluation && verdictOfEvaluation(original, evaluation, limits);
  if (difference === undefined || known === undefined) return <Muted>–</Muted>;
  return (
    <>
      <VerdictChip verdict={toneOfLoss(known.verdict, known.loss)} title={known.verdict.sentence}>
        {shortVerdict(known.verdict, known.loss)}
      </VerdictChip>
      <span className={classes.interval}>
        {formatDifference(difference)} ({formatDifferenceInterval(difference)})
      </span>
    </>
  );
}

interface MatchProps extends EvaluationProps {
  readonly match: DataMatch | undefined;
  /** The text without a match. */
  readonly missing: string;
}

function Match({ evaluation, match, missing }: MatchProps) {
  if (evaluation === undefined || evaluation.failure !== undefined) return <Muted>–</Muted>;
  if (match === undefined) return <Muted>{missing}</Muted>;
  if (!match.valid) return <VerdictChip verdict="invalid">wrong</VerdictChip>;
  return (
    <>
      {errorFigure(match)}
      {toneOfMatch(match) === null ? null : <span className={classes.interval}>{gradeWords(match)}</span>}
    </>
  );
}

function Muted({ children }: { readonly children: string }) {
  return (
    <Text span c="dimmed">
      {children}
    </Text>
  );
}
