import type { ScriptPart } from '../script-part';
import type { ConvertOpsetOptions } from './convert-opset-options';

/** Writes the step with the version converter of the package `onnx`. */
export function scriptOfOpset({ target }: ConvertOpsetOptions): ScriptPart {
  return {
    imports: ['import onnx', 'import onnx.version_converter'],
    body: [`onnx.save(onnx.version_converter.convert_version(onnx.load(source), ${target}), target)`],
    missing: ['The ONNX converter drops what it does not know, and fails for some operators that Pareto converts.'],
  };
}
