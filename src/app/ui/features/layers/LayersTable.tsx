/** A table of thousands of rows. The page contains only the rows in view. On a phone each row becomes a card. */
import { UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { ChevronIcon } from '../../components/icons';
import { phone, useMedia } from '../../components/use-media';
import { gridTemplateOf, nameColumns, valueColumns, type TableColumn } from './layer-columns';
import type { LayerOrder, LayerRow, MetricColumn } from './layer-rows';
import classes from './LayersTable.module.css';
import { LayerTableRow } from './LayerTableRow';

interface LayersTableProps {
  readonly rows: readonly LayerRow[];
  readonly metrics: readonly MetricColumn[];
  readonly order: LayerOrder;
  readonly onOrder: (order: LayerOrder) => void;
  /** A pass of the recipe left one of the nodes alone. */
  readonly showsReasons: boolean;
}

/** Rows are measured once they are in the page; these are for all others. */
const [usualRowHeight, usualCardHeight] = [48, 136];

export function LayersTable({ rows, metrics, order, onOrder, showsReasons }: LayersTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const isPhone = useMedia(phone);
  const values = useMemo(() => valueColumns(metrics, showsReasons), [metrics, showsReasons]);
  const columns = useMemo(() => [...nameColumns, ...values], [values]);
  // Nothing that it hands out is passed on to another component.
  // eslint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => (isPhone ? usualCardHeight : usualRowHeight),
    overscan: 12,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, isPhone, columns]);
  useEffect(() => {
    box.current?.scrollTo({ top: 0 });
  }, [order]);
  const items = virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={box} className={classes.box} tabIndex={0} role="group" aria-label="Table of all nodes">
      {/* The roles are those of a table already; a style sheet that turns rows into cards would take them away. */}
      <table
        className={classes.table}
        style={{ '--columns': gridTemplateOf(columns) } as React.CSSProperties}
        role="table"
        aria-label="Nodes of the model with their costs"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length}
      >
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {columns.map((column) => (
              <HeadCell key={column.column} {...column} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          <Spacer height={before} />
          {items.map(({ index }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <LayerTableRow key={row.path} ref={virtualizer.measureElement} row={row} index={index} columns={values} />
            );
          })}
          <Spacer height={after} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for the rows that are out of sight. */
function Spacer({ height }: { readonly height: number }) {
  return height <= 0 ? null : <tr aria-hidden="true" className={classes.spacer} style={{ height }} />;
}

interface HeadCellProps extends TableColumn {
  readonly order: LayerOrder;
  readonly onOrder: (order: LayerOrder) => void;
}

/** Numbers are wanted largest first. */
function HeadCell({ column, title, explanation, isNumeric, order, onOrder }: HeadCellProps) {
  const isSorted = order.column === column;
  const first = isNumeric && column !== 'number';
  const sort = (): void => onOrder({ column, descending: isSorted ? !order.descending : first });
  const direction = order.descending ? 'descending' : 'ascending';
  return (
    <th
      role="columnheader"
      scope="col"
      aria-sort={isSorted ? direction : undefined}
      data-column={column}
      data-numeric={isNumeric}
    >
      <UnstyledButton className={classes.sort} title={explanation ?? undefined} onClick={sort}>
        {title}
        <span className={classes.direction} data-sorted={isSorted} data-descending={order.descending}>
          <ChevronIcon />
        </span>
      </UnstyledButton>
    </th>
  );
}
