import { pythonList, type ScriptPart } from '../../script-part';
import type { PruneWeightsOptions } from './prune-weights-options';
import { patternOf } from './sparsity-pattern';

/** ONNX Runtime has no pruning: NumPy sets the smallest of each weight to zero. */
export function scriptOfPruning({
  amount,
  method,
  pattern,
  scope,
  rounds,
  include,
  exclude,
}: PruneWeightsOptions): ScriptPart {
  const runs = patternOf(pattern);
  const share = runs ? runs.zeros / runs.of : amount;
  return {
    imports: ['import numpy as np', 'import onnx', 'from onnx import numpy_helper'],
    body: [
      'model = onnx.load(source)',
      `only, without = ${pythonList(include)}, ${pythonList(exclude)}`,
      'layers = [n for n in model.graph.node if n.op_type in ("Conv", "ConvTranspose", "Gemm", "MatMul")]',
      'layers = [n for n in layers if (not only or n.name in only) and n.name not in without]',
      'grouped = {n.input[1] for n in layers if any(a.name == "group" and a.i > 1 for a in n.attribute)}',
      'read = {name for node in layers for name in node.input[:2]}',
      'for weight in model.graph.initializer:',
      '    values = numpy_helper.to_array(weight).copy()',
      '    if weight.name in grouped and values.shape[1] == 1:',
      '        continue',
      '    if weight.name in read and values.ndim > 1 and values.dtype == np.float32:',
      `        count = round(values.size * ${share})`,
      '        values.reshape(-1)[np.argsort(np.abs(values), axis=None, kind="stable")[:count]] = 0',
      '        weight.CopyFrom(numpy_helper.from_array(values, weight.name))',
      'onnx.save(model, target)',
    ],
    missing: [
      'Zeros alone do not make the file smaller: compress it (gzip), or use a runtime with sparse kernels.',
      'Only weights of Conv, ConvTranspose, Gemm and MatMul are pruned.',
      ...(method === 'sparsegpt'
        ? ['Weights are pruned by magnitude alone, and the others stay: SparseGPT needs the inputs of the layers.']
        : []),
      ...(rounds > 1 ? ['Everything is pruned in one round, without training.'] : []),
      ...(pattern === 'unstructured' ? [] : [`Zeros are unstructured instead of ${pattern.replace(':', ' of ')}.`]),
      ...(scope === 'global' ? ['Every weight loses the same share: there is no common ranking.'] : []),
    ],
  };
}
