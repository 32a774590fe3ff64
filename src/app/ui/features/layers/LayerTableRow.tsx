/** A node of the model in the layers table: its name and its facts. */
import { NativeSelect, UnstyledButton } from '@mantine/core';
import type { Ref } from 'react';
import { formatPercent } from '../../../../engine/format';
import type { NodeMetric } from '../../../node-facts/node-metric';
import { bitsOfLayer, setBitsOfLayer, type LayerBits } from '../../../state/recipe/leave-out';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { showInGraph } from '../../../state/models/graph-view';
import type { TableColumn } from './layer-columns';
import type { LayerNumber, LayerRow, MetricColumn, TextColumn } from './layer-rows';
import classes from './LayersTable.module.css';

interface LayerTableRowProps {
  readonly ref: Ref<HTMLTableRowElement>;
  readonly row: LayerRow;
  /** The index among the visible rows, from zero. */
  readonly index: number;
  /** The columns after the name. */
  readonly columns: readonly TableColumn[];
}

export function LayerTableRow({ ref, row, index, columns }: LayerTableRowProps) {
  return (
    <tr ref={ref} role="row" data-index={index} aria-rowindex={index + 2}>
      <td role="cell" data-column="number" data-numeric>
        {row.number}
      </td>
      <td role="cell" data-column="op" title={row.op}>
        {row.op}
      </td>
      <th role="rowheader" scope="row" data-column="label" title={row.path}>
        <UnstyledButton className={classes.name} onClick={() => showInGraph(row.path)}>
          <Label text={row.label} />
          <span className="visually-hidden">. Show in the graph</span>
        </UnstyledButton>
      </th>
      {columns.map((column) => (
        <ValueCell key={column.column} row={row} {...column} />
      ))}
    </tr>
  );
}

function ValueCell({ row, column, title, metric }: TableColumn & { readonly row: LayerRow }) {
  if (metric !== null) return <MetricCell row={row} title={title} {...metric} />;
  if (column === 'precision' && row.bits !== '') return <BitsCell row={row} title={title} />;
  // Columns without a metric are columns of texts.
  const text = String(row[column as TextColumn] ?? '');
  return (
    <td role="cell" data-column={column} data-title={title} data-empty={text === ''} title={text}>
      {text === '' ? '–' : text}
    </td>
  );
}

const bitChoices = [
  { value: '8', label: 'to 8 bits' },
  { value: '4', label: 'to 4 bits' },
  { value: '2', label: 'to 2 bits' },
  { value: 'float', label: 'to floats' },
] as const;

/** The type of the layer's weights, and the bits that the recipe sets for them. */
function BitsCell({ row: { bits, label, precision }, title }: { readonly row: LayerRow; readonly title: string }) {
  const chosen = useWorkspace((state) => bitsOfLayer(state, bits));
  return (
    <td role="cell" data-column="bits" data-title={title}>
      <NativeSelect
        size="xs"
        aria-label={`Bits of ${label}`}
        title="Sets the bits of this layer in the recipe"
        value={chosen}
        onChange={({ currentTarget }) => setBitsOfLayer(bits, currentTarget.value as LayerBits)}
        data={[{ value: 'recipe', label: precision ?? '' }, ...bitChoices]}
      />
    </td>
  );
}

interface MetricCellProps extends MetricColumn {
  readonly row: LayerRow;
  readonly title: string;
}

function MetricCell({ row, title, metric, numbers }: MetricCellProps) {
  const number = row.numbers[metric.id];
  const isKnown = numbers.state === 'known';
  const isEmpty = isKnown && hasNothingToSay(metric, number);
  return (
    <td
      role="cell"
      data-numeric
      data-title={title}
      data-empty={isEmpty}
      data-outdated={isKnown && numbers.outOfDate !== undefined}
    >
      {isEmpty ? '–' : null}
      {isKnown && !isEmpty ? <MetricNumber metric={metric} number={number!} /> : null}
      {isKnown ? null : <span className={classes.share}>{numbers.state === 'running' ? '…' : 'not known'}</span>}
    </td>
  );
}

/** The node has no such number, or it adds nothing to a sum. */
function hasNothingToSay(metric: NodeMetric, number: LayerNumber | null | undefined): boolean {
  return number === undefined || (number !== null && metric.sum !== null && number.value === 0);
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
  /** `null`: not known. */
  readonly number: LayerNumber | null;
}

function MetricNumber({ metric, number }: MetricNumberProps) {
  if (number === null) return <span title="A size that it depends on is not known">unknown</span>;
  const { value, share } = number;
  return (
    <span className={classes.number} title={metric.format(value)}>
      <span>{metric.formatShort(value)}</span>
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
