import { quoted } from '../../quoted';
import type { DeployFacts, DeployTarget } from '../deploy-facts';
import { checkSha256, compareOutputs } from '../python-parts';
import { shapeRanges } from '../shape-ranges';

/** Operators without a converter in onnx2torch 1.5, with the reason in words for a person. */
const unreadable = new Map([
  ['LSTM', 'recurrent layers'],
  ['GRU', 'recurrent layers'],
  ['RNN', 'recurrent layers'],
  ['If', 'graphs inside nodes'],
  ['Loop', 'graphs inside nodes'],
  ['Scan', 'graphs inside nodes'],
  ['DequantizeLinear', 'quantized models'],
  ['QuantizeLinear', 'quantized models'],
  ['DynamicQuantizeLinear', 'quantized models'],
  ['MatMulInteger', 'quantized models'],
  ['ConvInteger', 'quantized models'],
  ['QLinearConv', 'quantized models'],
  ['QLinearMatMul', 'quantized models'],
]);

/** coremltools reads no ONNX: the way leads through PyTorch, for models of floats. */
export const coreml: DeployTarget = {
  id: 'coreml',
  title: 'Core ML (Apple)',
  checkedWith: 'coremltools 9.0, torch 2.8.0, onnx2torch 1.5.15, on Linux, which cannot run Core ML predictions',
  make(facts) {
    const { nodes } = facts.inspection;
    const odd = nodes.find(({ op, domain }) => domain === 'com.microsoft' || unreadable.has(op));
    if (odd !== undefined) {
      const what = unreadable.get(odd.op) ?? 'operators of com.microsoft';
      return {
        refusal: `Core ML conversion does not support ${what} (${odd.op} at ${odd.path}). Bundle a float32 variant. The script can convert its weights to int8 for Core ML.`,
      };
    }
    if (facts.inspection.precision.some(({ dtype }) => dtype === 'bfloat16')) {
      return { refusal: 'Core ML has no bfloat16, which this model stores constants in. Store them as float16.' };
    }
    return {
      files: [{ path: 'coreml/convert.py', text: script(facts) }],
      notes: [
        'coreml/convert.py converts through PyTorch (onnx2torch), because coremltools does not read ONNX. It checks the PyTorch model against the recorded outputs. The check of the final prediction needs a Mac. If it fails, simplify the model first: weights in Constant nodes are not read.',
      ],
    };
  },
};

function script(facts: DeployFacts): string {
  // One request at a time: Core ML has no batcher.
  const alone = { ...facts.batching, joining: 'fixed' } as const;
  const shapes = shapeRanges(facts.inspection, alone).map(
    ({ name, dtype, usual }) => `    ${quoted(name)}: ([${usual.join(', ')}], ${quoted(dtype)}),`,
  );
  return `"""Converts the model for Core ML, and on a Mac compares its predictions.

    pip install coremltools==9.0 torch==2.8.0 onnx2torch==1.5.15
    python convert.py [--int8]
"""
import base64
import json
import pathlib
import platform
import sys

import coremltools as ct
import numpy as np
import onnx
import torch
from onnx2torch import convert

${checkSha256(facts)}

# Free dimensions are fixed: the batch at 1, others at the sizes that Pareto ran. Change them to the sizes that you use.
SHAPES = {
${shapes.join('\n')}
}
# Core ML permits letters, digits and underscores in names.
OUTPUTS = ${JSON.stringify(facts.inspection.outputs.map(({ name }) => identifier(name)))}

${conversion}`;
}

const conversion = `recorded = pathlib.Path(__file__).resolve().parent.parent / "evidence" / "recorded.json"
run = json.loads(recorded.read_text()) if recorded.exists() else None
array = lambda t: np.frombuffer(base64.b64decode(t["base64"]), t["dtype"]).reshape(t["shape"])
given = {t["name"]: array(t) for t in run["inputs"]} if run else {}
names = list(SHAPES)
inputs = [given.get(name, np.zeros(*SHAPES[name])) for name in names]


${compareOutputs}

module = convert(onnx.load(str(MODEL))).eval()
example = tuple(torch.from_numpy(np.array(one)) for one in inputs)
with torch.no_grad():
    made = module(*example)
made = list(made) if isinstance(made, (tuple, list)) else [made]
for tensor, found in zip(run["outputs"] if run else [], made):
    compare(f"PyTorch, {tensor['name']}", array(tensor), found.numpy(), 30)

traced = torch.jit.trace(module, example)
outputs = [ct.TensorType(name=name) for name in OUTPUTS]
model = ct.convert(
    traced,
    inputs=[ct.TensorType(name=f"input_{index}", shape=one.shape, dtype=one.dtype.type) for index, one in enumerate(inputs)],
    outputs=outputs,
    minimum_deployment_target=ct.target.iOS17,
)
if "--int8" in sys.argv:
    config = ct.optimize.coreml.OptimizationConfig(ct.optimize.coreml.OpLinearQuantizerConfig(mode="linear_symmetric"))
    model = ct.optimize.coreml.linear_quantize_weights(model, config)
model.save("model.mlpackage")
print("model.mlpackage written")

if platform.system() != "Darwin":
    print("Predictions can be compared on a Mac only.")
elif run:
    answers = model.predict({f"input_{index}": one for index, one in enumerate(inputs)})
    for tensor, one in zip(run["outputs"], outputs):
        compare(f"Core ML, {tensor['name']}", array(tensor), answers[one.name])
`;

/** Core ML takes letters, digits and underscores. */
function identifier(name: string): string {
  return name.replaceAll(/\W/g, '_').replace(/^(?=\d|$)/, '_');
}
