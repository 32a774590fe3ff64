/** Sums over samples from which least squares, SparseGPT and importance are computed: counts, sums and products. */
import { addRowProducts, inStretches, type Checkpoint } from './row-products';

/** Samples per panel: a panel of 500 inputs takes 1 MB. */
export const panelSamples = 256;
/** Rows of a tile of the Gram matrix. */
const mostTileRows = 84;

/**
 * Sums x, y, x·xᵀ and y·xᵀ over samples of `inputs` and `outputs` numbers, in float64 for any number of samples.
 * Samples are passed in panels: `inputPanel` holds one input after the other, each with `capacity` samples. Write up to
 * `capacity` of them, then call `addPanel`. If few samples come at a time, write them behind the waiting ones, then
 * call `fill`, and `flush` after the last. Short rows cost more. With 0 outputs it computes the Gram matrix alone.
 */
export class NormalSums {
  readonly inputs: number;
  readonly outputs: number;
  /** Samples that a panel holds: the stride of its rows. */
  readonly capacity = panelSamples;
  /** [inputs, capacity]. */
  readonly inputPanel: Float64Array;
  /** [outputs, capacity]. */
  readonly outputPanel: Float64Array;
  /** Σ x·xᵀ, [inputs, inputs]: only on and below the diagonal. */
  readonly gram: Float64Array;
  /** Σ y·xᵀ, [outputs, inputs]. */
  readonly cross: Float64Array;
  readonly inputSums: Float64Array;
  readonly outputSums: Float64Array;
  /** Σ y², per output. */
  readonly outputSquares: Float64Array;
  samples = 0;
  /** Samples that wait in the panels for others. */
  #filled = 0;

  constructor(inputs: number, outputs = 0) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.inputPanel = new Float64Array(inputs * panelSamples);
    this.outputPanel = new Float64Array(outputs * panelSamples);
    this.gram = new Float64Array(inputs * inputs);
    this.cross = new Float64Array(outputs * inputs);
    this.inputSums = new Float64Array(inputs);
    this.outputSums = new Float64Array(outputs);
    this.outputSquares = new Float64Array(outputs);
  }

  get filled(): number {
    return this.#filled;
  }

  /** `count` more samples wait, at most as many as there is room for. */
  async fill(count: number, checkpoint: Checkpoint): Promise<void> {
    this.#filled += count;
    if (this.#filled === this.capacity) await this.flush(checkpoint);
  }

  /** Adds the waiting samples. */
  async flush(checkpoint: Checkpoint): Promise<void> {
    const count = this.#filled;
    this.#filled = 0;
    if (count > 0) await this.addPanel(count, checkpoint);
  }

  /** Takes in the first `count` samples of both panels. */
  async addPanel(count: number, checkpoint: Checkpoint): Promise<void> {
    const { inputs, outputs, capacity: stride } = this;
    const x = { data: this.inputPanel, offset: 0, stride, count: inputs };
    const y = { data: this.outputPanel, offset: 0, stride, count: outputs };
    this.samples += count;
    addSums(this.inputSums, this.inputPanel, stride, count);
    addSums(this.outputSums, this.outputPanel, stride, count);
    for (let row = 0; row < outputs; row += 1) {
      let sum = 0;
      for (let at = row * stride; at < row * stride + count; at += 1) sum += this.outputPanel[at]! ** 2;
      this.outputSquares[row]! += sum;
    }
    await inStretches(inputs, inputs * count, checkpoint, (start, end) => this.#addGramRows(start, end, count));
    await inStretches(outputs, inputs * count, checkpoint, (start, end) => {
      const target = { data: this.cross, offset: start * inputs, stride: inputs, count: end - start };
      addRowProducts(target, { ...y, offset: start * stride, count: end - start }, x, count, 1);
    });
  }

  /** Works in tiles whose sizes differ by one row at most, so that little is computed above the diagonal. */
  #addGramRows(start: number, end: number, samples: number): void {
    const { inputs, capacity: stride, inputPanel: data } = this;
    const tiles = Math.ceil((end - start) / mostTileRows);
    for (let tile = 0; tile < tiles; tile += 1) {
      const first = start + Math.floor(((end - start) * tile) / tiles);
      const count = start + Math.floor(((end - start) * (tile + 1)) / tiles) - first;
      const target = { data: this.gram, offset: first * inputs, stride: inputs, count };
      const left = { data, offset: first * stride, stride, count };
      addRowProducts(target, left, { data, offset: 0, stride, count: first + count }, samples, 1);
    }
  }
}

function addSums(sums: Float64Array, panel: Float64Array, stride: number, count: number): void {
  for (let row = 0; row < sums.length; row += 1) {
    let sum = 0;
    for (let at = row * stride; at < row * stride + count; at += 1) sum += panel[at]!;
    sums[row]! += sum;
  }
}
