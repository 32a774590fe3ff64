import { pythonBoolean, pythonList, type ScriptPart } from '../../script-part';
import type { Float16Options } from './float16-options';

/** Writes the step with `onnxruntime.transformers.float16`, whose list of operators in float32 the pass began with. */
export function scriptOfFloat16({ keepInputsOutputs, keepFloat, exclude, include }: Float16Options): ScriptPart {
  return {
    imports: ['import onnx', 'from onnxruntime.transformers.float16 import convert_float_to_float16'],
    body: [
      'converted = convert_float_to_float16(',
      `    onnx.load(source), keep_io_types=${pythonBoolean(keepInputsOutputs)},`,
      `    op_block_list=${pythonList(keepFloat)},`,
      `    node_block_list=${pythonList(exclude)},`,
      ')',
      'onnx.save(converted, target)',
    ],
    missing: [
      ...(include.length > 0 ? ['All nodes are converted: the tool has no include list.'] : []),
      'Nodes whose values exceed 65,504 on data are converted too: the tool does not check values.',
    ],
  };
}
