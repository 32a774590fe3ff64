/** Calls that write one number to many places. */
import { copyCall } from './loop-nest';
import { elementBytes, type Storage, type TensorView } from './tensor-view';
import { Float32, type Call } from './wasm/call';

/** Fills a view, row by row, with one number. */
export function fillCalls(view: TensorView, number: number): readonly (Call | undefined)[] {
  const calls = copyCall(view, view);
  if (calls === undefined) return [];
  // The copy of a view to itself has the rows of the view.
  const [, , , target, rowStride, step, rows, columns] = calls.args;
  const kernel = elementBytes[view.type] === 4 ? 'fill' : 'fillBytes';
  return [{ ...calls, kernel, args: [target!, rowStride!, step!, rows!, columns!, new Float32(number)] }];
}

/** Fills the border of a picture before anything is written into it. */
export function borderCalls(storage: Storage): readonly Call[] {
  const { picture, pads, elementBytes: bytes, border } = storage;
  if (picture === undefined || pads.every((size) => size === 0)) return [];
  const [top, left, bottom, right] = pads;
  const { n, h } = picture;
  const { pixel, row, image } = storage.steps;
  const kernel = bytes === 4 ? 'fill' : 'fillBytes';
  const area = (offset: number, rows: number, width: number): readonly Call[] =>
    rows * width === 0
      ? []
      : [
          {
            kernel,
            args: [
              ...[{ region: storage, offset, strides: [image] }, row, bytes, rows],
              ...[width / bytes, new Float32(border)],
            ],
            times: [n],
          },
        ];
  // The right border of a row and the left one of the next row are neighbors.
  const start = top * row + left * pixel;
  const sides = (left + right) * pixel;
  return [
    ...area(0, 1, start),
    ...area(start + row - sides, h - 1, sides),
    ...area(start + h * row - sides, 1, right * pixel + bottom * row),
  ];
}
