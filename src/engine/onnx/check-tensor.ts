/** Does a tensor's data fit its shape and type? */
import { isParetoError } from '../errors';
import { DataType, dataTypeName } from './data-type';
import type { Tensor } from './graph';
import type { Problem } from './problem';
import { elementCount, expectedSizeBytes, isExternal, storedSizeBytes } from './tensor';

/** Reports what is wrong with one tensor; `path` is that of the tensor or of the node that holds it. Reads no data. */
export function checkTensor(tensor: Tensor, path: string, report: (problem: Problem) => void): void {
  const error = (code: string, message: string): void => report({ code, path, message });
  let count: number;
  try {
    count = elementCount(tensor);
  } catch (reason) {
    if (!isParetoError(reason)) throw reason;
    return error('tensor/shape', `At ${path}: ${reason.message}`);
  }
  const type = tensor.dataType ?? DataType.undefined;
  if (type === DataType.undefined) return error('tensor/type', `The tensor at ${path} has no element type.`);
  if (type === DataType.string) {
    const strings = tensor.stringData?.length ?? 0;
    if (strings !== count) error('tensor/size', sizeMessage(path, tensor, `${count} strings`, `${strings}`));
    return;
  }
  const expected = expectedSizeBytes(tensor);
  // A type newer than this program. Its size is unknown, and the data passes through unchanged.
  if (expected === undefined) return;
  // The data file is not at hand. The code that needs the data reports that.
  if (isExternal(tensor) && !tensor.externalSource) return;
  const stored = storedSizeBytes(tensor);
  if (stored !== expected) error('tensor/size', sizeMessage(path, tensor, `${expected} bytes`, `${stored}`));
}

function sizeMessage(path: string, tensor: Tensor, needed: string, found: string): string {
  const type = dataTypeName(tensor.dataType ?? DataType.undefined);
  return `The tensor at ${path} has the shape [${tensor.dims.join(', ')}] of ${type}, which needs ${needed}, but the file has ${found}.`;
}
