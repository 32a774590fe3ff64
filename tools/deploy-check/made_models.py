"""Models that show what a server may get wrong: rows that belong together, one scale for all rows, work that takes long."""
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

draw = np.random.default_rng(0)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def weights(name, *shape):
    return constant(name, (draw.standard_normal(shape) / np.sqrt(shape[-1])).astype("float32"))


def value(name, shape, element=T.FLOAT):
    return h.make_tensor_value_info(name, element, shape)


def save(path, nodes, inputs, outputs, initializers=(), domains=()):
    graph = h.make_graph(nodes, "made", inputs, outputs, list(initializers))
    opsets = [h.make_opsetid("", 17), *(h.make_opsetid(domain, version) for domain, version in domains)]
    model = h.make_model(graph, opset_imports=opsets, ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def clip(path):
    """Scores of images against texts: both dimensions are free, and none is a batch."""
    nodes = [h.make_node("Transpose", ["texts"], ["t"], perm=[1, 0]), h.make_node("MatMul", ["images", "t"], ["logits"])]
    inputs = [value("images", ["image_batch", 16]), value("texts", ["text_batch", 16])]
    save(path, nodes, inputs, [value("logits", ["image_batch", "text_batch"])])


def boxes(path):
    """The output has as many rows as were found."""
    nodes = [
        h.make_node("Greater", ["x", "zero"], ["above"]),
        h.make_node("NonZero", ["above"], ["found"]),
        h.make_node("Transpose", ["found"], ["boxes"], perm=[1, 0]),
    ]
    save(path, nodes, [value("x", ["N", 16])], [value("boxes", ["num_found", 2], T.INT64)], [constant("zero", np.float32(0))])


def softmax_over_requests(path):
    save(path, [h.make_node("Softmax", ["x"], ["y"], axis=0)], [value("x", ["batch", 8])], [value("y", ["batch", 8])])


def cnn(path):
    nodes = [
        h.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        h.make_node("Relu", ["c"], ["r"]),
        h.make_node("GlobalAveragePool", ["r"], ["p"]),
        h.make_node("Flatten", ["p"], ["f"]),
        h.make_node("MatMul", ["f", "v"], ["y"]),
    ]
    save(path, nodes, [value("x", ["N", 1, 8, 8])], [value("y", ["N", 10])], [weights("w", 8, 1, 3, 3), weights("v", 8, 10)])


def text(path):
    """An embedding that is averaged: a token beyond its 100 rows fails in the run."""
    nodes = [h.make_node("Gather", ["table", "ids"], ["e"]), h.make_node("ReduceMean", ["e"], ["y"], axes=[1], keepdims=0)]
    save(path, nodes, [value("ids", ["batch", "seq"], T.INT64)], [value("y", ["batch", 16])], [weights("table", 100, 16)])


def masked_text(path, rows=4000, size=256):
    """The mean of transformed embeddings over the tokens that the mask keeps, and each token's own output."""
    nodes = [
        h.make_node("Gather", ["table", "ids"], ["e"]),
        h.make_node("MatMul", ["e", "w"], ["m"]),
        h.make_node("Tanh", ["m"], ["tokens"]),
        h.make_node("Cast", ["mask"], ["kept"], to=T.FLOAT),
        h.make_node("Unsqueeze", ["kept", "two"], ["weights"]),
        h.make_node("Mul", ["tokens", "weights"], ["own"]),
        h.make_node("ReduceSum", ["own", "one"], ["sum"], keepdims=0),
        h.make_node("ReduceSum", ["kept", "one"], ["count"], keepdims=1),
        h.make_node("Div", ["sum", "count"], ["mean"]),
    ]
    inputs = [value("ids", ["batch", "length"], T.INT64), value("mask", ["batch", "length"], T.INT64)]
    outputs = [value("mean", ["batch", size]), value("tokens", ["batch", "length", size])]
    axes = [constant("one", np.int64([1])), constant("two", np.int64([2]))]
    save(path, nodes, inputs, outputs, [weights("table", rows, size), weights("w", size, size), *axes])


def dynamic_int8(path):
    stored = draw.integers(-127, 128, (16, 16)).astype("int8")
    nodes = [
        h.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
        h.make_node("MatMulInteger", ["q", "w", "zero"], ["sums"]),
        h.make_node("Cast", ["sums"], ["floats"], to=T.FLOAT),
        h.make_node("Mul", ["floats", "scale"], ["y"]),
    ]
    save(path, nodes, [value("x", ["N", 16])], [value("y", ["N", 16])], [constant("w", stored)])


def slow(path, layers=6):
    """Convolutions whose time grows with every row: about 25 ms each on one core."""
    nodes = [h.make_node("Resize", ["x", "", "scales"], ["a0"], mode="nearest")]
    initializers = [constant("scales", np.float32([1, 1, 7, 7])), weights("w0", 64, 1, 3, 3), weights("v", 64, 4)]
    for layer in range(layers):
        if layer > 0:
            initializers.append(weights(f"w{layer}", 64, 64, 3, 3))
        nodes.append(h.make_node("Conv", [f"a{layer}", f"w{layer}"], [f"c{layer}"], pads=[1, 1, 1, 1]))
        nodes.append(h.make_node("Tanh", [f"c{layer}"], [f"a{layer + 1}"]))
    nodes += [h.make_node("GlobalAveragePool", [f"a{layers}"], ["p"]), h.make_node("Flatten", ["p"], ["f"])]
    nodes.append(h.make_node("MatMul", ["f", "v"], ["y"]))
    save(path, nodes, [value("x", ["N", 1, 8, 8])], [value("y", ["N", 4])], initializers)


def zipmap(path):
    """Texts in, a map for each row out, as converters of scikit-learn make them."""
    nodes = [
        h.make_node("LabelEncoder", ["words"], ["codes"], domain="ai.onnx.ml", keys_strings=["a", "b"], values_floats=[0.25, 0.75], default_float=0.5),
        h.make_node("Sub", ["one", "codes"], ["rest"]),
        h.make_node("Concat", ["codes", "rest"], ["scores"], axis=1),
        h.make_node("ZipMap", ["scores"], ["probabilities"], domain="ai.onnx.ml", classlabels_strings=["no", "yes"]),
        h.make_node("Identity", ["words"], ["echo"]),
    ]
    maps = h.make_sequence_type_proto(h.make_map_type_proto(T.STRING, h.make_tensor_type_proto(T.FLOAT, [])))
    outputs = [h.make_value_info("probabilities", maps), value("echo", ["N", 1], T.STRING)]
    save(path, nodes, [value("words", ["N", 1], T.STRING)], outputs, [constant("one", np.float32(1))], [("ai.onnx.ml", 3)])


MODELS = [clip, boxes, softmax_over_requests, cnn, text, masked_text, dynamic_int8, slow, zipmap]
