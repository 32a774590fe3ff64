/** The tensors that stand in the file for a weight: known before their bytes are. */
import { ComputedSource, MemorySource, type ByteSource } from '../../../onnx/byte-source';
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import type { Tensor } from '../../../onnx/graph';
import { expectedSizeBytes } from '../../../onnx/tensor';
import type { LastResult } from '../last-result';
import { storedShapeOf, type PlannedLayer } from './layer-plan';
import { inWholeBytes, type PackedWeight } from './packed-weights';
import { blockColumns, type GridForm } from './weight-grid';

/** Tensors without names: those are given by the graph that they come to stand in. */
export interface StoredWeight {
  readonly values: Tensor;
  readonly scale: Tensor;
  readonly zeroPoint?: Tensor;
}

/**
 * The types and dims of the tensors, in the order of the fields; without zero points if the middle of the codes stands
 * for them.
 */
export function storageOf({ layer, form, grid }: PlannedLayer): StoredWeight {
  const { weight } = layer;
  const { rows, columns, storedBy } = storedShapeOf({ layer, grid });
  const { bits, symmetric } = grid;
  const blocks = Math.ceil(columns / blockColumns({ ...grid, columns }));
  const scaleType = weight.tensor.dataType!;
  const tensors = (
    type: DataTypeCode,
    dims: readonly (number | bigint)[],
    scaleDims: readonly number[],
    zeroPointDims: readonly number[],
  ): StoredWeight => ({
    values: tensorOf(type, dims),
    scale: tensorOf(scaleType, scaleDims),
    ...(!symmetric && { zeroPoint: tensorOf(type, zeroPointDims) }),
  });
  switch (form) {
    case 'dequantize': {
      const type = integerType(grid);
      const byRows = storedBy === 'rows';
      if (blocks === 1) {
        const keepsShape = !byRows || weight.tensor.dims.length === 2 || Number(weight.tensor.dims[0]) === rows;
        return tensors(type, keepsShape ? weight.tensor.dims : [rows, columns], [rows], [rows]);
      }
      const scaleDims = byRows ? [rows, blocks] : [blocks, rows];
      const [outputs, inputs, ...kernel] = weight.tensor.dims.map(Number);
      // A Conv with kernels of one number: its channels can be cut directly.
      if (outputs === rows && inputs === columns && byRows) {
        const dims = [...scaleDims, ...kernel];
        return tensors(type, weight.tensor.dims, dims, dims);
      }
      return tensors(type, byRows ? [rows, columns] : [columns, rows], scaleDims, scaleDims);
    }
    case 'gather-rows':
      return tensors(DataType.int8, [rows, columns], [rows, 1], []);
    case 'gather-tied':
    case 'matmul-nbits': {
      const zeroPointDims = [rows, (inWholeBytes(blocks, bits) * bits) / 8];
      return tensors(DataType.uint8, [rows, blocks, (grid.blockSize * bits) / 8], [rows, blocks], zeroPointDims);
    }
    case 'gather-blocks': {
      const zeroPointDims = [rows, (inWholeBytes(blocks, bits) * bits) / 8];
      return tensors(DataType.uint8, [rows, (columns * bits) / 8], [rows, blocks], zeroPointDims);
    }
  }
}

/** Axis of the scales; in blocks, of the axis that is cut. */
export function dequantizeAxis(planned: PlannedLayer): { axis: bigint; block_size?: bigint } {
  const { columns, storedBy } = storedShapeOf(planned);
  const width = blockColumns({ ...planned.grid, columns });
  const isBlocked = width < columns;
  const byRows = storedBy === 'rows';
  return { axis: isBlocked === byRows ? 1n : 0n, ...(isBlocked && { block_size: BigInt(width) }) };
}

function integerType({ bits, symmetric }: GridForm): DataTypeCode {
  if (bits === 4) return symmetric ? DataType.int4 : DataType.uint4;
  return symmetric ? DataType.int8 : DataType.uint8;
}

function tensorOf(dataType: DataTypeCode, dims: readonly (number | bigint)[]): Tensor {
  return { dataType, dims: dims.map(BigInt) };
}

/** Bytes of the integers, scales and zero points together. */
export function storedSizeOf({ values, scale, zeroPoint }: StoredWeight): number {
  return [values, scale, zeroPoint].reduce((sum, tensor) => sum + (tensor ? expectedSizeBytes(tensor)! : 0), 0);
}

/** Sets the bytes of the tensors, in memory. */
export function withBytes(storage: StoredWeight, packed: PackedWeight): StoredWeight {
  return withSources(storage, (part) => new MemorySource(packed[part]!));
}

/**
 * Computes the tensors when they are read, so that a large model is written with memory for one weight.
 * @param last  holds the bytes of one weight: those of all its tensors are computed together, and read one after the
 * other.
 */
export function computedStorage(
  storage: StoredWeight,
  compute: () => PackedWeight,
  last: LastResult<PackedWeight>,
): StoredWeight {
  const owner = {};
  return withSources(storage, (part) => {
    const sizeBytes = expectedSizeBytes(storage[part]!)!;
    return new ComputedSource((start, end) => last.get(owner, compute)[part]!.subarray(start, end), 0, sizeBytes);
  });
}

/** Storage of the right size, with codes of 0 and scales of 1, to find out the size alone. */
export function blankStorage(planned: PlannedLayer): StoredWeight {
  const storage = storageOf(planned);
  const isHalf = storage.scale.dataType === DataType.float16;
  const one = isHalf ? [0, 0x3c] : [0, 0, 0x80, 0x3f];
  return withSources(storage, (part) => {
    const compute = (start: number, end: number): Uint8Array => {
      const bytes = new Uint8Array(end - start);
      if (part === 'scale') for (let at = 0; at < bytes.length; at++) bytes[at] = one[(start + at) % one.length]!;
      return bytes;
    };
    return new ComputedSource(compute, 0, expectedSizeBytes(storage[part]!)!);
  });
}

type StoredPart = keyof StoredWeight;

function withSources(storage: StoredWeight, sourceOf: (part: StoredPart) => ByteSource): StoredWeight {
  const filled = (part: StoredPart): Tensor => ({ ...storage[part]!, rawData: sourceOf(part) });
  return {
    values: filled('values'),
    scale: filled('scale'),
    ...(storage.zeroPoint && { zeroPoint: filled('zeroPoint') }),
  };
}
