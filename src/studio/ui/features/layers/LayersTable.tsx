/** A table of thousands of rows, of which only those in sight are in the page. */
import { UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { formatPercent } from '../../../../engine/report/format';
import type { NodeMetric } from '../../../node-facts/node-metric';
import { showInGraph } from '../../../state/graph-view';
import { ChevronIcon } from '../../components/icons';
import type { LayerColumn, LayerNumber, LayerOrder, LayerRow, MetricColumn } from './layer-rows';
import classes from './LayersTable.module.css';

interface LayersTableProps {
  readonly rows: readonly LayerRow[];
  readonly metrics: readonly MetricColumn[];
  readonly order: LayerOrder;
  readonly onOrder: (order: LayerOrder) => void;
  /** There is a recipe that could have left nodes alone. */
  readonly showsReasons: boolean;
}

interface Column {
  readonly column: LayerColumn;
  readonly title: string;
  readonly isNumeric?: boolean;
  /** Its numbers are told with their shares of the whole. */
  readonly hasShares?: boolean;
}

const nameColumns: readonly Column[] = [
  { column: 'number', title: '#', isNumeric: true },
  { column: 'op', title: 'Operator' },
  { column: 'label', title: 'Node' },
];

const factColumns: readonly Column[] = [
  { column: 'shape', title: 'Output shape' },
  { column: 'precision', title: 'Weights' },
  { column: 'leaves', title: 'Leaves' },
];

const reasonColumn: Column = { column: 'leftAlone', title: 'Left alone because' };

const rowHeight = 36;

export function LayersTable({ rows, metrics, order, onOrder, showsReasons }: LayersTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const [measured, others] = partition(metrics);
  const columns: readonly Column[] = [
    ...nameColumns,
    ...measured.map(metricColumn),
    ...factColumns,
    ...others.map(metricColumn),
    ...(showsReasons ? [reasonColumn] : []),
  ];
  // Nothing that it hands out is passed on to another component.
  // eslint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  useEffect(() => {
    box.current?.scrollTo({ top: 0 });
  }, [order]);
  const items = virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={box} className={classes.box} tabIndex={0} role="group" aria-label="Table of all nodes">
      <table
        className={classes.table}
        style={countsOf(columns)}
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
      >
        <caption className="visually-hidden">Nodes of the model with what each costs</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <HeadCell key={column.column} {...column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={before} columns={columns.length} />
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Row key={row.path} {...{ row, index, measured, others, showsReasons }} />
            );
          })}
          <Spacer height={after} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** Those that a person had measured, which stand beside the names to be seen first, and the others. */
function partition(metrics: readonly MetricColumn[]): readonly [readonly MetricColumn[], readonly MetricColumn[]] {
  const isMeasured = ({ metric }: MetricColumn): boolean => metric.column.shown === 'when-known';
  return [metrics.filter(isMeasured), metrics.filter((one) => !isMeasured(one))];
}

function metricColumn({ metric }: MetricColumn): Column {
  return { column: metric.id, title: metric.title, isNumeric: true, hasShares: metric.totalOf !== undefined };
}

/** For the least width of the table; beyond it the box scrolls. */
function countsOf(columns: readonly Column[]): React.CSSProperties {
  const shares = columns.filter(({ hasShares }) => hasShares).length;
  const others = columns.length - nameColumns.length - factColumns.length - shares;
  return { '--share-columns': shares, '--other-columns': others } as React.CSSProperties;
}

/** Stands for the rows that are out of sight. */
function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true" className={classes.spacer}>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

interface HeadCellProps extends Column {
  readonly order: LayerOrder;
  readonly onOrder: (order: LayerOrder) => void;
}

/** Numbers are wanted largest first. */
function HeadCell({ column, title, isNumeric, hasShares, order, onOrder }: HeadCellProps) {
  const isSorted = order.column === column;
  const first = isNumeric === true && column !== 'number';
  const sort = (): void => onOrder({ column, descending: isSorted ? !order.descending : first });
  const direction = order.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      aria-sort={isSorted ? direction : undefined}
      data-column={column}
      data-numeric={isNumeric}
      data-shares={hasShares}
    >
      <UnstyledButton className={classes.sort} onClick={sort}>
        {title}
        <span className={classes.direction} data-sorted={isSorted} data-descending={order.descending}>
          <ChevronIcon />
        </span>
      </UnstyledButton>
    </th>
  );
}

interface RowProps {
  readonly row: LayerRow;
  readonly index: number;
  readonly measured: readonly MetricColumn[];
  readonly others: readonly MetricColumn[];
  readonly showsReasons: boolean;
}

function Row({ row, index, measured, others, showsReasons }: RowProps) {
  return (
    <tr aria-rowindex={index + 2}>
      <td data-column="number" data-numeric>
        {row.number}
      </td>
      <td title={row.op}>{row.op}</td>
      <th scope="row" title={row.path}>
        <UnstyledButton className={classes.name} onClick={() => showInGraph(row.path)}>
          <Label text={row.label} />
          <span className="visually-hidden">. Show in the graph</span>
        </UnstyledButton>
      </th>
      <MetricCells row={row} metrics={measured} />
      <td data-column="shape" title={row.shape}>
        {row.shape}
      </td>
      <td>{row.precision ?? '–'}</td>
      <td>{row.leaves === '' ? '–' : row.leaves}</td>
      <MetricCells row={row} metrics={others} />
      {showsReasons ? (
        <td data-column="leftAlone" title={row.leftAlone}>
          {row.leftAlone}
        </td>
      ) : null}
    </tr>
  );
}

function MetricCells({ row, metrics }: { readonly row: LayerRow; readonly metrics: readonly MetricColumn[] }) {
  return metrics.map(({ metric, numbers }) => (
    <td key={metric.id} data-numeric data-outdated={numbers.state === 'known' && numbers.outOfDate !== undefined}>
      {numbers.state === 'known' ? (
        <MetricNumber metric={metric} number={row.numbers[metric.id]} />
      ) : (
        <span className={classes.share}>{numbers.state === 'running' ? '…' : 'not known'}</span>
      )}
    </td>
  ));
}

/** Names of one model begin alike: where room is short, their ends stay. */
function Label({ text }: { readonly text: string }) {
  const cut = text.lastIndexOf('/') + 1;
  return (
    <span className={classes.label}>
      {cut === 0 ? null : <span className={classes.labelStart}>{text.slice(0, cut)}</span>}
      <span className={classes.labelEnd}>{text.slice(cut)}</span>
    </span>
  );
}

interface MetricNumberProps {
  readonly metric: NodeMetric;
  /** `null`: not known. Absent: the node has no such number. */
  readonly number: LayerNumber | null | undefined;
}

function MetricNumber({ metric, number }: MetricNumberProps) {
  if (number === null) return <span title="What it depends on is not known">unknown</span>;
  if (number === undefined || (metric.sum !== null && number.value === 0)) return '–';
  const { value, share } = number;
  return (
    <span className={classes.number} title={metric.format(value)}>
      {metric.formatShort(value)}
      {share === null ? null : (
        <>
          <span className={classes.share}>{formatPercent(share)}</span>
          <span className={classes.track} aria-hidden="true">
            <span className={classes.bar} style={{ width: `${Math.min(1, share) * 100}%` }} />
          </span>
        </>
      )}
    </span>
  );
}
