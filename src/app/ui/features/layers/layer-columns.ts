/** The columns of the layers table: their order and how much room each gets. Pure. */
import type { LayerColumn, MetricColumn, TextColumn } from './layer-rows';

export interface TableColumn {
  readonly column: LayerColumn;
  readonly title: string;
  /** The width in the grid. */
  readonly width: string;
  readonly isNumeric: boolean;
  /** A sentence; `null` if the title says everything. */
  readonly explanation: string | null;
  /** `null`: a column of texts. */
  readonly metric: MetricColumn | null;
}

const textColumn = (column: TextColumn, title: string, width: string): TableColumn => ({
  column,
  title,
  width,
  isNumeric: column === 'number',
  explanation: null,
  metric: null,
});

/** The operator stands over the name of its node, in one column of the grid. */
export const nameColumns: readonly TableColumn[] = [
  textColumn('number', '#', '44px'),
  textColumn('op', 'Operator', 'minmax(168px, 1fr)'),
  textColumn('label', 'Node', ''),
];

const factColumns: readonly TableColumn[] = [
  textColumn('shape', 'Output shape', '128px'),
  textColumn('precision', 'Weights', '96px'),
  textColumn('leaves', 'Fallback', '80px'),
];

const reasonColumn = textColumn('leftAlone', 'Skipped because', '132px');

/**
 * The columns after the name. Columns that a person measured come first, so that they are visible beside the names.
 *
 * @param showsReasons a pass left one of the nodes alone.
 */
export function valueColumns(metrics: readonly MetricColumn[], showsReasons: boolean): readonly TableColumn[] {
  const isMeasured = ({ metric }: MetricColumn): boolean => metric.column.shown === 'when-known';
  return [
    ...metrics.filter(isMeasured).map(metricColumn),
    ...factColumns,
    ...metrics.filter((one) => !isMeasured(one)).map(metricColumn),
    ...(showsReasons ? [reasonColumn] : []),
  ];
}

/** Numbers with their shares of the whole need more room. */
function metricColumn(one: MetricColumn): TableColumn {
  const { id, title, explanation, totalOf } = one.metric;
  const width = totalOf === undefined ? '84px' : '112px';
  return { column: id, title, width, isNumeric: true, explanation, metric: one };
}

/** The value of `grid-template-columns`. */
export function gridTemplateOf(columns: readonly TableColumn[]): string {
  return columns.map(({ width }) => width).join(' ');
}
