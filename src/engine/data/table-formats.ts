import type { DataFormat } from './dataset';

/** True for formats whose samples are rows of named columns, which can be read together. */
export function isTable(format: DataFormat): boolean {
  return format === 'csv' || format === 'parquet';
}
