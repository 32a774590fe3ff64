/** What the comparison chart is made of: rows are models, columns are figures, and a mark is where they meet. */
import type { Tone } from '../verdict-tone';
import type { CellEvidence } from './cell-evidence';

export interface ComparisonRow {
  readonly id: string;
  readonly name: string;
  /** A colour of the theme, as CSS. */
  readonly colour: string;
}

/** One number of the chart: what stands there, how long its bar is, and what may be said about it. */
export interface ComparisonMark {
  readonly state: 'value' | 'reference' | 'missing' | 'failed';
  /** Length of the bar in the unit of the column. */
  readonly value: number | null;
  /** Where the original stood when this was measured, if that is known apart from the original's own mark. */
  readonly original?: number;
  readonly interval: readonly [number, number] | null;
  readonly label: string;
  /** The figure of the original, if its row does not show it: `original 1.65 ms`. */
  readonly beside?: string;
  /** The second line: the change against the original, or why there is nothing. */
  readonly detail: string;
  readonly tone: Tone | null;
  readonly stale: boolean;
  /** In full, for the table: exact bytes, the interval in words. */
  readonly exact: string;
  readonly evidence: CellEvidence | null;
}

export interface ComparisonColumn {
  readonly id: string;
  readonly title: string;
  /** Where the title stands alone: "Latency on WASM" instead of "WASM". */
  readonly longTitle: string;
  /** What the numbers are and on what they were got. */
  readonly note: string;
  /** End of the axis, which starts at zero. */
  readonly maximum: number;
  readonly marks: readonly ComparisonMark[];
}
