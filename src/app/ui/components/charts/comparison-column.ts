/**
 * The parts of the comparison chart: rows are models, columns are figures, and each mark belongs to a row and a column.
 */
import type { Tone } from '../verdict-tone';
import type { CellEvidence } from './cell-evidence';

export interface ComparisonRow {
  readonly id: string;
  readonly name: string;
  /** A color of the theme, as CSS. */
  readonly color: string;
}

/** One number of the chart: what stands there, how long its bar is, and what may be said about it. */
export interface ComparisonMark {
  readonly state: 'value' | 'reference' | 'missing' | 'failed';
  /** Length of the bar in the unit of the column. */
  readonly value: number | null;
  /** The value of the original at the time of this measurement, if it is known apart from the original's own mark. */
  readonly original?: number;
  readonly interval: readonly [number, number] | null;
  readonly label: string;
  /** The figure of the original, if its row does not show it: `original 1.65 ms`. */
  readonly beside?: string;
  /** The second line: the change against the original, or why there is nothing. */
  readonly detail: string;
  readonly tone: Tone | null;
  readonly stale: boolean;
  /** The full text for the table: exact bytes, the interval in words. */
  readonly exact: string;
  readonly evidence: CellEvidence | null;
}

export interface ComparisonColumn {
  readonly id: string;
  readonly title: string;
  /** The title if it stands alone: "Latency on WASM" instead of "WASM". */
  readonly longTitle: string;
  /** The kind of the numbers, and the conditions of their measurement. */
  readonly note: string;
  /** End of the axis, which starts at zero. */
  readonly maximum: number;
  readonly marks: readonly ComparisonMark[];
}
