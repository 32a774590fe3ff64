/** A detector of colored squares in the form of YOLOv8, and labeled pictures of them, for tests of the command line. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel, joinParts } from '../../src/engine/onnx/codec/encode';
import { DataType } from '../../src/engine/onnx/data-type';
import { createTensor } from '../../src/engine/onnx/tensor';
import { graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build';
import { encodePng } from './brightness';

const [width, height, side] = [200, 168, 8];
const [across, down] = [width / side, height / side];
const cells = across * down;
const colors = ['red', 'green', 'blue'] as const;

/**
 * Finds squares of 8 × 8 pixels in each cell: the score of a class is the mean of its color, times a factor. Output: [1, 7, 525].
 */
export function detectorModel(factor = 1): Uint8Array {
  const boxes = new Float32Array(4 * cells);
  for (let cell = 0; cell < cells; cell++) {
    const [x, y] = [(cell % across) * side + side / 2, Math.floor(cell / across) * side + side / 2];
    [x, y, side, side].forEach((value, row) => (boxes[row * cells + cell] = value));
  }
  const constants = [
    createTensor({ name: 'boxes', dataType: DataType.float32, dims: [1, 4, cells], bytes: boxes }),
    createTensor({ name: 'factor', dataType: DataType.float32, dims: [], bytes: Float32Array.of(factor) }),
    createTensor({ name: 'form', dataType: DataType.int64, dims: [3], bytes: BigInt64Array.of(1n, 3n, BigInt(cells)) }),
  ];
  const square = [BigInt(side), BigInt(side)];
  return joinParts(
    encodeModel(
      model(
        graph({
          nodes: [
            node('AveragePool', ['images'], ['means'], { kernel_shape: square, strides: square }),
            node('Mul', ['means', 'factor'], ['scaled']),
            node('Reshape', ['scaled', 'form'], ['scores']),
            node('Concat', ['boxes', 'scores'], ['output0'], { axis: 1n }),
          ],
          initializers: constants,
          inputs: [valueInfo('images', [1, 3, height, width])],
          outputs: [valueInfo('output0', [1, 7, cells])],
        }),
      ),
    ),
  );
}

/** The color and the cell of each square in a picture. */
const squaresOf = (number: number): readonly (readonly [color: number, cell: number])[] => [
  [number % 3, 30 + 7 * number],
  [(number + 1) % 3, 260 + 11 * number],
];

function picture(number: number): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (const [color, cell] of squaresOf(number)) {
    const [left, top] = [(cell % across) * side, Math.floor(cell / across) * side];
    for (let index = 0; index < side * side; index++) {
      pixels[((top + Math.floor(index / side)) * width + left + (index % side)) * 3 + color] = 230;
    }
  }
  return encodePng({ width, height, channels: 3 }, pixels);
}

/** Six pictures with two squares each, labeled in both formats: `coco/` and `yolo/` in this folder. */
export function makeLabeledPictures(path: string): void {
  for (const folder of ['coco/images', 'coco/annotations', 'yolo/images', 'yolo/labels']) {
    mkdirSync(join(path, folder), { recursive: true });
  }
  const annotations: object[] = [];
  for (let number = 0; number < 6; number++) {
    for (const folder of ['coco', 'yolo']) writeFileSync(join(path, folder, `images/${number}.png`), picture(number));
    const squares = squaresOf(number).map(([color, cell]) => {
      const [left, top] = [(cell % across) * side, Math.floor(cell / across) * side];
      // The ids of categories leave numbers out, as those of COCO do.
      annotations.push({ image_id: number, category_id: 10 * (color + 1), bbox: [left, top, side, side], iscrowd: 0 });
      const numbers = [(left + side / 2) / width, (top + side / 2) / height, side / width, side / height];
      return `${color} ${numbers.map((value) => value.toFixed(6)).join(' ')}\n`;
    });
    writeFileSync(join(path, `yolo/labels/${number}.txt`), squares.join(''));
  }
  const images = Array.from({ length: 6 }, (_, id) => ({ id, file_name: `${id}.png`, width, height }));
  const categories = colors.map((name, index) => ({ id: 10 * (index + 1), name }));
  writeFileSync(join(path, 'coco/annotations/instances_val.json'), JSON.stringify({ images, categories, annotations }));
  writeFileSync(
    join(path, 'yolo/data.yaml'),
    `names:\n${colors.map((name, index) => `  ${index}: ${name}\n`).join('')}`,
  );
}
