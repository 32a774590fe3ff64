import { formatFirst } from '../../format';
import { quoted } from '../../quoted';
import { modelPath, type DeployTarget } from '../deploy-facts';
import { checkSha256, compareOutputs } from '../python-parts';

/** Layers that a refusal names. */
const mostNamed = 3;

export const openvino: DeployTarget = {
  id: 'openvino',
  title: 'OpenVINO',
  checkedWith: 'openvino 2026.4.1',
  make(facts) {
    const domains = new Set(facts.inspection.nodes.map(({ domain }) => domain));
    if (domains.has('com.microsoft')) {
      return {
        refusal:
          'OpenVINO does not support com.microsoft operators, which this model uses. Make a variant with standard QDQ or DequantizeLinear nodes.',
      };
    }
    const { partialBlocks = [] } = facts.inspection;
    if (partialBlocks.length > 0) {
      return {
        refusal: `OpenVINO needs weight rows that are a multiple of their block size. Layers that are not: ${formatFirst(partialBlocks, mostNamed)}. Quantize with another block size, or exclude them.`,
      };
    }
    const isDynamic = facts.inspection.nodes.some(({ op }) => op === 'DynamicQuantizeLinear');
    const text = `"""Converts the model for OpenVINO and compares its outputs. pip install openvino numpy"""
import base64
import json
import pathlib

import numpy as np
import openvino as ov

${checkSha256(facts)}


${compareOutputs}

model = ov.convert_model(MODEL)
# Floats stay 32 bits wide: save_model would convert them to 16 bits.
ov.save_model(model, "model.xml", compress_to_fp16=False)
print("model.xml written")

recorded = pathlib.Path(__file__).resolve().parent.parent / "evidence" / "recorded.json"
if recorded.exists():
    run = json.loads(recorded.read_text())
    array = lambda t: np.frombuffer(base64.b64decode(t["base64"]), t["dtype"]).reshape(t["shape"])
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled({t["name"]: array(t) for t in run["inputs"]})
    for index, tensor in enumerate(run["outputs"]):
        compare(tensor["name"], array(tensor), found[index])
`;
    return {
      files: [{ path: 'openvino/convert.py', text }],
      notes: [
        `openvino/convert.py reads ${quoted(modelPath(facts))}. OpenVINO's model server can serve the folder models/ directly.`,
        ...(facts.inspection.nodes.some(({ inBody }) => inBody)
          ? ['OpenVINO often cannot convert models with If or Loop nodes. convert.py reports it.']
          : []),
        ...(isDynamic
          ? [
              'OpenVINO runs dynamically quantized models in float32, so this variant gains nothing there. Use int8 (static).',
            ]
          : []),
      ],
    };
  },
};
