/** Places the parts of the comparison chart, in pixels. Pure, so that it is the same on the page and in an export. */
import type { ComparisonColumn, ComparisonMark, ComparisonRow } from './comparison-column';
import type { ComparisonModel } from './comparison-model';

export interface PlacedMark {
  readonly key: string;
  readonly mark: ComparisonMark;
  readonly row: ComparisonRow;
  readonly column: ComparisonColumn;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** The row's name where rows are not named at the left. */
  readonly showName: boolean;
  /** Text baselines and the bar, relative to the chart. */
  readonly labelY: number;
  readonly barY: number;
  readonly barWidth: number;
  readonly detailY: number;
  /** The original's value on a variant's bar, for comparison. */
  readonly referenceX: number | null;
  /** Ends of the interval, already clipped to the column. */
  readonly interval: readonly [number, number] | null;
}

export interface PlacedColumn {
  readonly column: ComparisonColumn;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface ComparisonLayout {
  readonly width: number;
  readonly height: number;
  readonly stacked: boolean;
  readonly names: readonly { readonly row: ComparisonRow; readonly y: number }[];
  readonly columns: readonly PlacedColumn[];
  readonly marks: readonly PlacedMark[];
}

export const barHeight = 10;
const nameWidth = 140;
const gap = 24;
const smallestColumn = 104;
const headerHeight = 52;
const rowHeight = 66;
const bandGap = 16;
const stackedHeader = 44;
const stackedRow = 58;
const stackedGap = 20;

/** Columns beside each other, in as many bands as they need; under each other on a phone. */
export function layOutComparison(model: ComparisonModel, width: number): ComparisonLayout {
  const mostBeside = Math.floor((width - nameWidth) / (smallestColumn + gap));
  const bandCount = Math.ceil(model.columns.length / Math.max(1, mostBeside));
  if (mostBeside < Math.min(3, model.columns.length)) return layOutStacked(model, width);
  return layOutBeside(model, width, Math.ceil(model.columns.length / bandCount));
}

function layOutBeside(model: ComparisonModel, width: number, perBand: number): ComparisonLayout {
  const columnWidth = (width - nameWidth - gap * perBand) / perBand;
  const bandHeight = headerHeight + model.rows.length * rowHeight;
  const bandCount = Math.ceil(model.columns.length / perBand);
  const rowY = (band: number, row: number): number => band * (bandHeight + bandGap) + headerHeight + row * rowHeight;
  const columns = model.columns.map((column, index) => {
    const band = Math.floor(index / perBand);
    const x = nameWidth + gap + (index % perBand) * (columnWidth + gap);
    return { column, x, y: band * (bandHeight + bandGap), width: columnWidth, band };
  });
  return {
    width,
    height: bandCount * (bandHeight + bandGap) - bandGap,
    stacked: false,
    names: Array.from({ length: bandCount }, (_, band) =>
      model.rows.map((row, index) => ({ row, y: rowY(band, index) })),
    ).flat(),
    columns,
    marks: columns.flatMap(({ column, x, band }) =>
      model.rows.map((row, index) =>
        placeMark(column, row, index, { x, y: rowY(band, index), width: columnWidth }, false),
      ),
    ),
  };
}

function layOutStacked(model: ComparisonModel, width: number): ComparisonLayout {
  const panelHeight = stackedHeader + model.rows.length * stackedRow + stackedGap;
  const columns = model.columns.map((column, index) => ({ column, x: 0, y: index * panelHeight, width }));
  return {
    width,
    height: Math.max(0, columns.length * panelHeight - stackedGap),
    stacked: true,
    names: [],
    columns,
    marks: columns.flatMap(({ column, y }) =>
      model.rows.map((row, index) =>
        placeMark(column, row, index, { x: 0, y: y + stackedHeader + index * stackedRow, width }, true),
      ),
    ),
  };
}

function placeMark(
  column: ComparisonColumn,
  row: ComparisonRow,
  index: number,
  box: { readonly x: number; readonly y: number; readonly width: number },
  showName: boolean,
): PlacedMark {
  const mark = column.marks[index];
  if (mark === undefined) throw new Error(`Column ${column.id} has no mark for row ${row.id}.`);
  const reference = mark.original ?? column.marks[0]?.value;
  const end = (value: number): number => box.x + barLength(value, column.maximum, box.width);
  return {
    key: `${column.id}|${row.id}`,
    mark,
    row,
    column,
    ...box,
    showName,
    labelY: box.y + 14,
    barY: box.y + 21,
    barWidth: mark.value === null ? 0 : barLength(mark.value, column.maximum, box.width),
    detailY: box.y + 46,
    referenceX: index === 0 || column.id === 'match' || reference == null ? null : end(reference),
    interval: mark.interval === null ? null : [end(mark.interval[0]), end(mark.interval[1])],
  };
}

/** Pixels from zero, clipped to the column. A value above zero is never invisible. */
export function barLength(value: number, maximum: number, width: number): number {
  if (!(maximum > 0) || !(value > 0)) return 0;
  return Math.min(width, Math.max(1, (value / maximum) * width));
}
