/** Summarizes the weights of a model: their types, and those that no node reads. */
import { dataTypeName } from '../../onnx/data-type';
import { elementCount, storedSizeBytes } from '../../onnx/tensor';
import type { Weight } from '../../onnx/weights';
import { parametersOf } from './parameters';

export interface PrecisionShare {
  readonly dtype: string;
  readonly weights: number;
  readonly elements: number;
  /** Elements that are parameters (`isParameter`). */
  readonly parameters: number;
  readonly bytes: number;
}

export interface DeadWeight {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

/** Sums weights by element type, most bytes first. No data is read. */
export function precisionShares(all: readonly Weight[]): PrecisionShare[] {
  const shares = new Map<string, PrecisionShare>();
  for (const weight of all) {
    const { tensor } = weight;
    const dtype = dataTypeName(tensor.dataType ?? 0);
    const before = shares.get(dtype) ?? { dtype, weights: 0, elements: 0, parameters: 0, bytes: 0 };
    shares.set(dtype, {
      dtype,
      weights: before.weights + 1,
      elements: before.elements + elementCount(tensor),
      parameters: before.parameters + parametersOf(weight),
      bytes: before.bytes + storedSizeBytes(tensor),
    });
  }
  return [...shares.values()].toSorted((a, b) => b.bytes - a.bytes || b.elements - a.elements);
}

/** Weights that no node reads, in graphs inside too, and no graph gives out. In the order of the file. */
export function deadWeights(all: readonly Weight[]): DeadWeight[] {
  return all
    .filter(({ consumers, isGraphOutput }) => consumers.length === 0 && !isGraphOutput)
    .map(({ path, name, tensor }) => ({ path, name, bytes: storedSizeBytes(tensor) }));
}
