import { baseName } from './file-name';

/** True for a file with a name such as `input_0.pb`, as ONNX's own tests and model zoos call test data. */
export function isTestDataName(path: string): boolean {
  return /^(input|output)_\d+\.pb$/i.test(baseName(path));
}
