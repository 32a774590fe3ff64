"""Writes gradients as PyTorch computes them, of operators that a training step writes as others or that have several forms.

    python tools/golden/make-gradients.py src/engine/training/fixtures/pytorch-gradients.json

Needs torch 2.15 from PyPI. Each case holds one ONNX node with its inputs, factors c, and the gradients of L = sum(c * y) for every
input. PyTorch computes in float64. Numbers have seven digits. Rows of gates are in the order of ONNX.
"""

import json
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(1)
GATES = {"LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2], "RNN": [0]}
cases = []


def draw(*shape):
    return torch.randn(shape).double().requires_grad_()


def rounded(tensor):
    return [float(f"{value:.7g}") for value in tensor.flatten().tolist()]


def add(name, op_type, attributes, inputs, y, opset=20):
    factors = torch.rand(y.shape).double() * 2 - 1
    gradients = torch.autograd.grad((y * factors).sum(), inputs)
    cases.append(
        {
            "name": name,
            "opType": op_type,
            "opset": opset,
            "attributes": attributes,
            "inputs": [rounded(tensor.detach()) for tensor in inputs],
            "shapes": [list(tensor.shape) for tensor in inputs],
            "factors": rounded(factors),
            "gradients": [rounded(gradient) for gradient in gradients],
        }
    )


def recurrent(op_type, layer, attributes):
    """Weights are leaves in the layout of ONNX: [directions, gates * hidden, …]. The layer reads them in the order of PyTorch."""
    hidden, directions = layer.hidden_size, 2 if layer.bidirectional else 1
    order = GATES[op_type]
    back = [order.index(gate) for gate in range(len(order))]
    rows = len(order) * hidden
    x, w = draw(4, 2, 3), draw(directions, rows, 3)
    r, b = draw(directions, rows, hidden), draw(directions, 2 * rows)

    def rearranged(tensor):
        return tensor.unflatten(0, (len(order), hidden))[back].flatten(0, 1)

    weights = {}
    for way, suffix in enumerate(["", "_reverse"][:directions]):
        weights[f"weight_ih_l0{suffix}"] = rearranged(w[way])
        weights[f"weight_hh_l0{suffix}"] = rearranged(r[way])
        weights[f"bias_ih_l0{suffix}"] = rearranged(b[way, :rows])
        weights[f"bias_hh_l0{suffix}"] = rearranged(b[way, rows:])
    outputs, _ = torch.func.functional_call(layer.double(), weights, (x,))
    y = outputs.unflatten(2, (directions, hidden)).transpose(1, 2)
    name = f"{op_type} of {directions} direction(s)"
    way = {"direction": "bidirectional"} if directions == 2 else {}
    add(name, op_type, {"hidden_size": hidden, **way, **attributes}, [x, w, r, b], y)


for both in (False, True):
    recurrent("LSTM", nn.LSTM(3, 4, bidirectional=both), {})
    recurrent("GRU", nn.GRU(3, 4, bidirectional=both), {"linear_before_reset": 1})
    recurrent("RNN", nn.RNN(3, 4, bidirectional=both), {})

q, k, v = draw(2, 4, 5, 3), draw(2, 2, 7, 3), draw(2, 2, 7, 2)
shared = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
add("Attention whose heads share keys, causal", "Attention", {"is_causal": 1}, [q, k, v], shared, 23)

x, w, b = draw(2, 3, 4, 3), draw(3, 2, 3, 3), draw(2)
moved = F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1)
steps = {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]}
add("ConvTranspose", "ConvTranspose", steps, [x, w, b], moved)

x, scale, b = draw(2, 4, 3, 5), draw(4), draw(4)
add("InstanceNormalization", "InstanceNormalization", {}, [x, scale, b], F.instance_norm(x, weight=scale, bias=b))
add("GroupNormalization", "GroupNormalization", {"num_groups": 2}, [x, scale, b], F.group_norm(x, 2, scale, b), 21)

x, other = draw(2, 3, 4), draw(2, 5, 4)
add("Einsum", "Einsum", {"equation": "bij,bkj->bik"}, [x, other], torch.einsum("bij,bkj->bik", x, other))

x = draw(2, 3, 6)
add("Gelu", "Gelu", {}, [x], F.gelu(x))
add("Softmax", "Softmax", {"axis": 1}, [x], torch.softmax(x, 1))

out = pathlib.Path(sys.argv[1])
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(json.dumps(cases) + "\n")
