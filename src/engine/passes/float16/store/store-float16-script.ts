import type { ScriptPart } from '../../script-part';
import type { StoreFloat16Options } from './store-float16-options';

/** Writes the step with the onnx package alone, because ONNX Runtime's tools have nothing like it. */
export function scriptOfStoring({ type, scales, cache, leastSaving }: StoreFloat16Options): ScriptPart {
  return {
    imports: ['import numpy as np', 'import onnx'],
    body: storing(type, scales && type === 'float16'),
    missing: [
      'Constants inside bodies of If and Loop, and Constant nodes, stay float32.',
      ...(cache ? ['The cache stays float32.'] : []),
      ...(leastSaving > 0 ? ['The tool stores them even if that saves little.'] : []),
    ],
  };
}

/** How the script rounds, and how it stores the rounded numbers under `name`. */
const typeLines = {
  float16: {
    error: 2048,
    round: '    halves = floats.astype(np.float16)',
    store: '    tensor.CopyFrom(onnx.numpy_helper.from_array(halves, name))',
  },
  // The upper half of each float32, rounded to the nearest with ties to even.
  bfloat16: {
    error: 256,
    round: `    bits = floats.view(np.uint32)
    words = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    halves = (words.astype(np.uint32) << 16).view(np.float32)`,
    store: `    stored = onnx.helper.make_tensor(name, onnx.TensorProto.BFLOAT16, floats.shape, words.tobytes(), raw=True)
    tensor.CopyFrom(stored)`,
  },
} as const;

const storing = (type: StoreFloat16Options['type'], scales: boolean): string[] =>
  `model = onnx.load(source)
graph = model.graph
scale_inputs = {"DequantizeLinear": 1, "MatMulNBits": 2, "GatherBlockQuantized": 2}
integers = any(node.op_type == "QuantizeLinear" for node in graph.node)
bound = {value.name for value in [*graph.input, *graph.output]}
readers = {}
for node in graph.node:
    for index, name in enumerate(node.input):
        readers.setdefault(name, []).append((node.op_type, index))

def is_constant(op_type, index):
    if scale_inputs.get(op_type) == index:
        return ${scales ? 'integers' : 'True'}
    return op_type.startswith(("Q", "Dynamic")) or op_type in ("Resize", "Upsample")

def is_exact(floats, halves, uses):
    size, error = abs(floats.astype(np.float64)), abs(halves.astype(np.float64) - floats)
    worst = error[error > size / ${typeLines[type].error}].max(initial=0)
    if worst and any(use in (("BatchNormalization", 4), ("Div", 1)) for use in uses):
        return False
    if worst > size.max() / ${typeLines[type].error} / 256 and any(scale_inputs.get(op_type) == index for op_type, index in uses):
        return False
    return (error**2).sum() <= (size**2).sum() / ${typeLines[type].error}**2

casts = []
for tensor in graph.initializer:
    uses = readers.get(tensor.name, [])
    if tensor.data_type != onnx.TensorProto.FLOAT or not uses or tensor.name in bound:
        continue
    floats = onnx.numpy_helper.to_array(tensor)
${typeLines[type].round}
    if floats.size < 24 or not np.isfinite(halves).all() or any(is_constant(*use) for use in uses):
        continue
    if not is_exact(floats, halves, uses):
        continue
    name = f"{tensor.name}_${type}"
    casts.append(onnx.helper.make_node("Cast", [name], [tensor.name], to=onnx.TensorProto.FLOAT))
${typeLines[type].store}
nodes = [*casts, *graph.node]
del graph.node[:]
graph.node.extend(nodes)
onnx.save(model, target)`.split('\n');
