"""PyTorch module to ONNX file: opset 17, one free dimension `batch`, BatchNorm and LayerNorm as nodes of their own."""

import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

OPSET = 17
# Inputs of an LSTM node by position, as the operator's documentation names them.
LSTM_WEIGHTS = {1: "W", 2: "R", 3: "B"}


def export_model(module, path, input_name, example):
    """Writes `module` in evaluation mode and checks that the file computes what the module does."""
    module = module.eval().to(memory_format=torch.contiguous_format)
    example = example.contiguous()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (example,),
            path,
            # The newer exporter folds BatchNorm into convolutions and notes stack traces in every node.
            dynamo=False,
            # Exports the model unchanged: evaluation mode, and nothing fused. Folding BatchNorm is Pareto's work.
            training=torch.onnx.TrainingMode.PRESERVE,
            opset_version=OPSET,
            input_names=[input_name],
            output_names=["logits"],
            dynamic_axes={input_name: {0: "batch"}, "logits": {0: "batch"}},
        )
    model = onnx.load(path)
    drop_zero_states(model.graph)
    remove_unused(model.graph)
    name_weights(model.graph)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version <= 10
    onnx.save(model, path)
    check_outputs(module, path, input_name, example)


def drop_zero_states(graph):
    """An LSTM node without initial states starts from zero; PyTorch spells the zeros out, sized by a Shape node."""
    makers = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        if node.op_type != "LSTM":
            continue
        states = [name for name in node.input[5:7] if name]
        for name in states:
            maker = makers.get(name)
            assert maker is not None and maker.op_type == "ConstantOfShape", "the initial state is zero"
            fill = [numpy_helper.to_array(attribute.t) for attribute in maker.attribute]
            assert all((value == 0).all() for value in fill), "the initial state is zero"
        kept = list(node.input[:4])
        del node.input[:]
        node.input.extend(kept)
        while node.output and not is_read(graph, node.output[-1]):
            node.output.pop()


def is_read(graph, name):
    return any(name in node.input for node in graph.node) or any(name == output.name for output in graph.output)


def remove_unused(graph):
    removed = True
    while removed:
        dead = [node for node in graph.node if not any(is_read(graph, name) for name in node.output)]
        for node in dead:
            graph.node.remove(node)
        removed = bool(dead)
    for initializer in [tensor for tensor in graph.initializer if not is_read(graph, tensor.name)]:
        graph.initializer.remove(initializer)


def module_path(node_name):
    """`/layers/layers.0/attention/query/MatMul` -> `layers.0.attention.query`, the module's name in PyTorch."""
    parts = node_name.strip("/").split("/")[:-1]
    kept = [part for part, following in zip(parts, [*parts[1:], ""]) if not following.startswith(f"{part}.")]
    return ".".join(kept)


def name_weights(graph):
    """Weights that the exporter rearranged are called `onnx::MatMul_210` and the like: call them by their module."""
    names = {}
    for node in graph.node:
        for position, name in enumerate(node.input):
            if not name.startswith("onnx::"):
                continue
            suffix = LSTM_WEIGHTS[position] if node.op_type == "LSTM" else "weight"
            names[name] = f"{module_path(node.name)}.{suffix}"
    assert len(set(names.values())) == len(names), "every weight has a name of its own"
    for tensor in graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    for node in graph.node:
        inputs = [names.get(name, name) for name in node.input]
        del node.input[:]
        node.input.extend(inputs)


def check_outputs(module, path, input_name, example):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (actual,) = session.run(["logits"], {input_name: example.numpy()})
    with torch.no_grad():
        expected = module(example).numpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-3)
