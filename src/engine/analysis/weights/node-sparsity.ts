/** Counts the zeros in each node's weights: the result of pruning, which a runtime for sparse weights could skip. */
import { constantLookup, type ConstantLookup } from '../../onnx/constant-lookup';
import type { Model, Tensor } from '../../onnx/graph';
import { weightOperandsOf } from '../../onnx/ops/registry';
import { zeroPointsOf, type QuantizedUse, type ZeroPoints } from '../../onnx/ops/zero-points';
import { elementCount } from '../../onnx/tensor';
import { weights, type Weight, type WeightConsumer } from '../../onnx/weights';
import type { Progress } from '../../progress';
import { isParameter } from './parameters';
import { hasNumbers, weightNumbers } from './weight-numbers';

export interface SparsityContext {
  /** Lets the host breathe, and ends the count by throwing. */
  checkpoint(): Promise<void>;
  /** `done` and `total` are elements. */
  progress(progress: Progress): void;
}

interface Counted {
  elements: number;
  zeros: number;
  isKnown: boolean;
}

/**
 * Returns the share of zeros (0 to 1) among the elements of the weights that a node reads, by the node's path. Elements
 * of a quantized weight are zero if they equal its zero point. Sizes, axes and conditions are no weights here
 * (`isParameter`), and nodes without weights are absent. The share is `null` for element types that Pareto cannot read
 * (floats of 8 and 4 bits, complex numbers). It is also `null` for zero points of blocks, and for zero points that are
 * not constant.
 *
 * Reads every weight once, in parts of at most 262,144 elements. Throws like `tensorBytes`, and what `checkpoint`
 * throws.
 */
export async function nodeSparsity(model: Model, context: SparsityContext): Promise<Map<string, number | null>> {
  const all = weights(model);
  const constant = constantLookup(all);
  const read = all.filter((weight) => weight.consumers.length > 0 && isParameter(weight));
  const total = read.reduce((sum, { tensor }) => sum + elementCount(tensor), 0);
  const byPath = new Map<string, Counted>();
  let [done, reported] = [0, 0];
  for (const weight of read) {
    const zeros = await countZeros(weight.tensor, zerosOf(weight, constant), context.checkpoint, (counted) => {
      // Models have thousands of small weights.
      if (done + counted - reported < total / 100) return;
      reported = done + counted;
      context.progress({ stage: 'Counting zeros', done: reported, total });
    });
    addTo(byPath, weight, zeros);
    done += elementCount(weight.tensor);
  }
  context.progress({ stage: 'Counting zeros', done: total, total });
  return new Map(
    Array.from(byPath, ([path, { elements, zeros, isKnown }]) => [path, isKnown ? zeros / elements : null]),
  );
}

/** A node that reads a weight twice has it once. */
function addTo(byPath: Map<string, Counted>, { tensor, consumers }: Weight, zeros: number | null): void {
  const elements = elementCount(tensor);
  if (elements === 0) return;
  for (const path of new Set(consumers.map((consumer) => consumer.path))) {
    const before = byPath.get(path) ?? { elements: 0, zeros: 0, isKnown: true };
    byPath.set(path, {
      elements: before.elements + elements,
      zeros: before.zeros + (zeros ?? 0),
      isKnown: before.isKnown && zeros !== null,
    });
  }
}

const storedZero: ZeroPoints = { zeroPoints: Int32Array.of(0), stride: 1 };

/** Returns the zero points that the first node with a quantized use of the weight reads. `null`: they cannot be determined. */
function zerosOf({ tensor, consumers }: Weight, constant: ConstantLookup): ZeroPoints | null {
  for (const visit of consumers) {
    const use = quantizedUseOf(visit);
    if (use === undefined) continue;
    const points = zeroPointsOf(tensor, use, constant);
    return typeof points === 'string' ? null : points;
  }
  return storedZero;
}

function quantizedUseOf(visit: WeightConsumer): QuantizedUse | undefined {
  if (visit.node.opType === 'DequantizeLinear') return visit.input === 0 ? { kind: 'dequantize', visit } : undefined;
  const operand = weightOperandsOf(visit.node).find(({ input }) => input === visit.input);
  return operand?.zeroPointInput === undefined ? undefined : { kind: 'operand', visit, operand };
}

async function countZeros(
  tensor: Tensor,
  points: ZeroPoints | null,
  checkpoint: () => Promise<void>,
  onCounted: (elements: number) => void,
): Promise<number | null> {
  if (points === null || !hasNumbers(tensor)) return null;
  const { zeroPoints, stride } = points;
  const channels = zeroPoints.length;
  let zeros = 0;
  let counted = 0;
  for (const part of weightNumbers(tensor)) {
    for (let index = 0; index < part.length; index++) {
      const channel = channels === 1 ? 0 : Math.floor((counted + index) / stride) % channels;
      if (part[index] === zeroPoints[channel]) zeros += 1;
    }
    counted += part.length;
    onCounted(counted);
    await checkpoint();
  }
  return zeros;
}
