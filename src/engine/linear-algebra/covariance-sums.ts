/** Sums over samples from which means and covariances are computed, as GPTQ wants them. */
import { blockSide, floatBlockKernel, reserve } from './block-kernel';
import { stretchProducts, type Checkpoint } from './row-products';

/**
 * Samples per panel. It is no power of two, so that the numbers of one sample, one in each row, fit in the cache
 * together. It is a multiple of the number that the kernel takes at once.
 */
const panelSamples = 504;
const numbersAtOnce = 8;
const rowBytes = panelSamples * Float32Array.BYTES_PER_ELEMENT;
/**
 * The number of rows on the right that all rows on the left are multiplied with before the next ones. They stay in the
 * cache.
 */
const tileRows = 42 * blockSide;
const widthBytes = tileRows * Float64Array.BYTES_PER_ELEMENT;

/** The object whose panels are in the memory of the kernel. */
let owner: object | undefined;

/** Matrices of sums, and the rows of the left panel in the memory of the kernel. */
interface Products {
  readonly target: Float64Array;
  readonly leftStart: number;
  readonly rows: number;
  /** True if the part above the diagonal is not needed. */
  readonly isSymmetric: boolean;
}

/**
 * Computes means and covariances of `inputs` and `outputs` float32 numbers over samples. Samples are passed in panels:
 * `inputPanel` holds one input after the other, each with `capacity` samples. Write up to `capacity` of them, then call
 * `addPanel`. With 0 outputs it covers inputs alone. Products are those of differences from the means of the first
 * panel, which keeps the digits of float32. Sums are float32 within a panel and float64 between panels.
 */
export class CovarianceSums {
  readonly inputs: number;
  readonly outputs: number;
  /** Samples that a panel holds: the stride of its rows. */
  readonly capacity = panelSamples;
  /** [inputs, capacity]. */
  readonly inputPanel: Float32Array;
  /** [outputs, capacity]. */
  readonly outputPanel: Float32Array;
  #samples = 0;
  readonly #input: ShiftedSums;
  readonly #output: ShiftedSums;
  readonly #gram: Float64Array;
  readonly #cross: Float64Array;
  readonly #ownership = {};

  constructor(inputs: number, outputs = 0) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.inputPanel = new Float32Array(inputs * panelSamples);
    this.outputPanel = new Float32Array(outputs * panelSamples);
    this.#input = new ShiftedSums(inputs);
    this.#output = new ShiftedSums(outputs);
    this.#gram = new Float64Array(inputs * inputs);
    this.#cross = new Float64Array(outputs * inputs);
  }

  /** Takes in the first `count` samples of both panels, which are used up. */
  async addPanel(count: number, checkpoint: Checkpoint): Promise<void> {
    this.#samples += count;
    this.#input.add(this.inputPanel, count);
    this.#output.add(this.outputPanel, count);
    owner = undefined;
    const gram = { target: this.#gram, leftStart: 0, rows: this.inputs, isSymmetric: true };
    await this.#addProducts(gram, count, checkpoint);
    const cross = { target: this.#cross, leftStart: this.#outputStart, rows: this.outputs, isSymmetric: false };
    await this.#addProducts(cross, count, checkpoint);
  }

  inputMeans(): Float64Array {
    return this.#input.sums.map((sum) => sum / this.#samples);
  }

  outputMeans(): Float64Array {
    return this.#output.sums.map((sum) => sum / this.#samples);
  }

  /** Cov(x, x), [inputs, inputs], whole. */
  inputCovariance(): Float64Array {
    const { inputs: size } = this;
    const means = this.#input.shiftedSums.map((sum) => sum / this.#samples);
    const covariance = new Float64Array(size * size);
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column <= row; column += 1) {
        const value = this.#gram[row * size + column]! / this.#samples - means[row]! * means[column]!;
        covariance[row * size + column] = value;
        covariance[column * size + row] = value;
      }
    }
    return covariance;
  }

  /** Cov(y, x), [outputs, inputs]. */
  crossCovariance(): Float64Array {
    const { inputs } = this;
    const inputMeans = this.#input.shiftedSums.map((sum) => sum / this.#samples);
    const covariance = new Float64Array(this.outputs * inputs);
    for (let row = 0; row < this.outputs; row += 1) {
      const mean = this.#output.shiftedSums[row]! / this.#samples;
      for (let column = 0; column < inputs; column += 1) {
        const at = row * inputs + column;
        covariance[at] = this.#cross[at]! / this.#samples - mean * inputMeans[column]!;
      }
    }
    return covariance;
  }

  /** The kernel may read two rows beyond the last of a panel, whose products nobody wants. */
  get #outputStart(): number {
    return this.inputs + blockSide - 1;
  }

  get #resultBytes(): number {
    return (this.#outputStart + this.outputs + blockSide - 1) * rowBytes;
  }

  async #addProducts(products: Products, samples: number, checkpoint: Checkpoint): Promise<void> {
    let sinceCheckpoint = 0;
    for (let column = 0; column < this.inputs; column += tileRows) {
      for (let row = products.isSymmetric ? column : 0; row < products.rows; row += blockSide) {
        const end = Math.min(column + tileRows, products.isSymmetric ? row + blockSide : this.inputs, this.inputs);
        this.#addBlock(products, row, column, end, samples);
        sinceCheckpoint += blockSide * (end - column) * samples;
        if (sinceCheckpoint < stretchProducts) continue;
        sinceCheckpoint = 0;
        await checkpoint();
      }
    }
    await checkpoint();
  }

  /** Adds the products of three rows on the left with those on the right from `column` to `end`. */
  #addBlock({ target, leftStart, rows }: Products, row: number, column: number, end: number, samples: number): void {
    const { inputs } = this;
    const kernel = floatBlockKernel();
    if (owner !== this.#ownership) this.#load();
    const [left, right] = [(leftStart + row) * rowBytes, column * rowBytes];
    const bytes = wholeVectors(samples) * Float32Array.BYTES_PER_ELEMENT;
    kernel.multiply(left, right, end * rowBytes, rowBytes, bytes, this.#resultBytes, widthBytes);
    const results = new Float64Array(kernel.memory.buffer, this.#resultBytes, blockSide * tileRows);
    const count = Math.min(blockSide, rows - row);
    for (let i = 0; i < count; i += 1) {
      const at = (row + i) * inputs;
      const from = i * tileRows - column;
      for (let j = column; j < end; j += 1) target[at + j]! += results[from + j]!;
    }
  }

  #load(): void {
    const kernel = floatBlockKernel();
    reserve(kernel, this.#resultBytes + blockSide * widthBytes);
    const memory = new Float32Array(kernel.memory.buffer);
    memory.set(this.inputPanel);
    memory.set(this.outputPanel, this.#outputStart * panelSamples);
    owner = this.#ownership;
  }
}

/** The sums of rows of a panel, and the sums of their differences from the means of the first panel. */
class ShiftedSums {
  readonly sums: Float64Array;
  readonly shiftedSums: Float64Array;
  #shifts: Float32Array | undefined;

  constructor(rows: number) {
    this.sums = new Float64Array(rows);
    this.shiftedSums = new Float64Array(rows);
  }

  /** Leaves the differences in the panel. */
  add(panel: Float32Array, samples: number): void {
    const means = new Float32Array(this.sums.length);
    for (let row = 0; row < means.length; row += 1) {
      const start = row * panelSamples;
      let sum = 0;
      for (let at = start; at < start + samples; at += 1) sum += panel[at]!;
      means[row] = sum / samples;
      this.sums[row]! += sum;
    }
    this.#shifts ??= means;
    for (const [row, shift] of this.#shifts.entries()) {
      const start = row * panelSamples;
      let sum = 0;
      for (let at = start; at < start + samples; at += 1) {
        panel[at]! -= shift;
        sum += panel[at]!;
      }
      this.shiftedSums[row]! += sum;
      panel.fill(0, start + samples, start + wholeVectors(samples));
    }
  }
}

function wholeVectors(samples: number): number {
  return Math.ceil(samples / numbersAtOnce) * numbersAtOnce;
}
