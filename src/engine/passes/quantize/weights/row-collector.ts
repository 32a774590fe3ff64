/** Gathers the inputs that a layer multiplies with, over all samples. */
import type { PairedValue } from '../../../calibration/paired-values';
import { CovarianceSums } from '../../../linear-algebra/covariance-sums';
import type { PassContext } from '../../pass';
import { LayerInput } from './layer-input';
import type { RowCutter } from './layer-rows';

/** Multiplications of sums over rows, per group of layers: about five seconds. */
const productsPerGroup = 6e9;
const mostRows = 16384;

/** Sums over rows of all samples: as many of each sample as the bound of work allows, spread over its positions. */
export class RowCollector {
  readonly #cutter: RowCutter;
  readonly #context: Pick<PassContext, 'checkpoint'>;
  readonly #rowsOfSample: number;
  #sums: readonly CovarianceSums[] = [];
  #inPanel = 0;

  constructor(cutter: RowCutter, samples: number, context: Pick<PassContext, 'checkpoint'>) {
    this.#cutter = cutter;
    this.#context = context;
    const { columns, groups } = cutter;
    const affordable = productsPerGroup / (1.5 * columns ** 2 * groups);
    const rows = Math.max(1.5 * columns, Math.min(mostRows, affordable));
    this.#rowsOfSample = Math.max(1, Math.ceil(rows / Math.max(1, samples)));
  }

  async add({ original, changed }: PairedValue, sample: number): Promise<void> {
    const { columns, groups } = this.#cutter;
    if (this.#sums.length === 0) {
      const outputs = changed ? columns : 0;
      this.#sums = Array.from({ length: groups }, () => new CovarianceSums(columns, outputs));
    }
    const float = this.#cutter.cut(original);
    const quantized = changed ? this.#cutter.cut(changed) : float;
    const { capacity } = this.#sums[0]!;
    const rows = [...spread(float.count, this.#rowsOfSample, sample)];
    for (let first = 0; first < rows.length;) {
      const some = rows.slice(first, first + capacity - this.#inPanel);
      for (const [group, sums] of this.#sums.entries()) {
        quantized.write(some, group, sums.inputPanel, this.#inPanel, capacity);
        if (changed) float.write(some, group, sums.outputPanel, this.#inPanel, capacity);
      }
      first += some.length;
      this.#inPanel += some.length;
      if (this.#inPanel === capacity) await this.#flush();
    }
  }

  async finish(): Promise<readonly LayerInput[]> {
    await this.#flush();
    return this.#sums.map((sums) => new LayerInput(sums));
  }

  async #flush(): Promise<void> {
    if (this.#inPanel === 0) return;
    for (const sums of this.#sums) await sums.addPanel(this.#inPanel, () => this.#context.checkpoint());
    this.#inPanel = 0;
  }
}

/** `most` positions of `count`, evenly spread; from sample to sample they begin elsewhere, so that none is seen always. */
function* spread(count: number, most: number, sample: number): Iterable<number> {
  if (count <= most) {
    for (let at = 0; at < count; at += 1) yield at;
    return;
  }
  const step = count / most;
  // The golden ratio never comes back to the same place.
  const start = ((sample * 0.6180339887498949) % 1) * step;
  for (let at = 0; at < most; at += 1) yield Math.min(count - 1, Math.floor(start + at * step));
}
