/** Details of a pass beyond its changes, in forms that can be shown without knowing the pass. Plain data. */

/** The units of columns. Shares and points are fractions, which are shown in percent. */
export const detailUnits = ['text', 'path', 'count', 'number', 'share', 'bytes', 'decibels', 'points', 'ms'] as const;
export type DetailUnit = (typeof detailUnits)[number];

export interface TableDetail {
  readonly kind: 'table';
  readonly title: string;
  readonly columns: readonly { readonly label: string; readonly unit: DetailUnit }[];
  /** A cell for each column; `null` for an empty one. */
  readonly rows: readonly DetailRow[];
  /** The total of the rows. */
  readonly total?: DetailRow;
  /** Rows that a report had no room for. */
  readonly leftOutRows?: number;
}

export type DetailRow = readonly (string | number | null)[];

export interface CurveDetail {
  readonly kind: 'curve';
  readonly title: string;
  readonly x: DetailAxis;
  readonly y: DetailAxis;
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

export interface HistogramDetail {
  readonly kind: 'histogram';
  readonly title: string;
  readonly x: DetailAxis;
  /** One edge more than counts, rising. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** Places worth seeing, such as the ends of the range that is kept. */
  readonly marks?: readonly { readonly at: number; readonly label: string }[];
}

export interface DetailAxis {
  readonly label: string;
  readonly unit: DetailUnit;
  readonly isLog?: boolean;
}

export type PassDetail = TableDetail | CurveDetail | HistogramDetail;

/** Details by name. Names are part of the JSON document: add, never rename, from the first release on. */
export type PassDetails = Readonly<Record<string, PassDetail>>;

/** A detail of a form that only a later Pareto knows. */
export interface UnknownDetail {
  readonly kind: 'unknown';
  readonly title: string;
}

export type ShownDetail = PassDetail | UnknownDetail;
