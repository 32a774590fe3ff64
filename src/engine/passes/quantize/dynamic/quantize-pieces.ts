/** A quantized weight piece by piece, so that the work can be stopped in between. */
import { transposeTile } from '../integer-kernels';
import { pieceElementsOf, type WeightReader } from '../weight-reader';
import type { WeightScaling } from './weight-scaling';

/** `count` matrices of `rows` × `columns`, one after the other. */
export interface Matrices {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** Fills `target` with the integers in the order of the weight. Each step gives the elements done by it. */
export function* quantizePieces(reader: WeightReader, scaling: WeightScaling, target: Uint8Array): Iterable<number> {
  const pieceElements = pieceElementsOf(scaling.alignment);
  for (let start = 0; start < reader.elementCount; start += pieceElements) {
    const end = Math.min(start + pieceElements, reader.elementCount);
    scaling.quantize(reader.read(start, end), start, target, start);
    yield end - start;
  }
}

/**
 * The same with rows and columns of each matrix exchanged. It serves scales per tensor and per block. A piece may be
 * part of a row if there is only one row.
 */
export function* quantizeTransposedPieces(
  reader: WeightReader,
  scaling: WeightScaling,
  { count, rows, columns }: Matrices,
  target: Uint8Array,
): Iterable<number> {
  const tile = new Uint8Array(Math.min(pieceElementsOf(1), rows * columns));
  const tileColumns = Math.min(columns, tile.length);
  const tileRows = Math.floor(tile.length / Math.max(1, tileColumns));
  for (let matrix = 0; matrix < count; matrix++) {
    const matrixStart = matrix * rows * columns;
    for (let row = 0; row < rows; row += tileRows) {
      for (let column = 0; column < columns; column += tileColumns) {
        const width = Math.min(tileColumns, columns - column);
        const elements = width * Math.min(tileRows, rows - row);
        const start = matrixStart + row * columns + column;
        scaling.quantize(reader.read(start, start + elements), start, tile, 0);
        transposeTile(tile.subarray(0, elements), width, target, matrixStart + column * rows + row, rows);
        yield elements;
      }
    }
  }
}
