import type { ScriptPart } from '../script-part';

/** Writes the step with the basic optimizations of an ONNX Runtime session, which write standard operators. */
export function scriptOfSimplify(): ScriptPart {
  return {
    imports: ['import onnxruntime as ort'],
    body: [
      'options = ort.SessionOptions()',
      'options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC',
      'options.optimized_model_filepath = target',
      'ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])',
    ],
    missing: [
      'Uses ONNX Runtime’s basic optimizations instead: they fold and fuse other nodes than Pareto, with other names.',
    ],
  };
}
