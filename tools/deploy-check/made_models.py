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


def text(path, batch="batch"):
    """An embedding that is averaged: a token beyond its 100 rows fails in the run."""
    nodes = [h.make_node("Gather", ["table", "ids"], ["e"]), h.make_node("ReduceMean", ["e"], ["y"], axes=[1], keepdims=0)]
    save(path, nodes, [value("ids", [batch, "seq"], T.INT64)], [value("y", [batch, 16])], [weights("table", 100, 16)])


def one_text(path):
    """The same with a fixed batch of 1."""
    text(path, 1)


def flat_text(path):
    """A text without a batch: its only dimension is the length."""
    nodes = [h.make_node("Gather", ["table", "ids"], ["e"]), h.make_node("ReduceMean", ["e"], ["y"], axes=[0], keepdims=0)]
    save(path, nodes, [value("ids", ["length"], T.INT64)], [value("y", [16])], [weights("table", 100, 16)])


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


def categories(path):
    """A text of two known ones: another fails in the run."""
    nodes = [h.make_node("OneHotEncoder", ["words"], ["y"], domain="ai.onnx.ml", cats_strings=["a", "b"], zeros=0)]
    save(path, nodes, [value("words", ["N", 1], T.STRING)], [value("y", ["N", 1, 2])], domains=[("ai.onnx.ml", 3)])


def conv(nodes, initializers, name, given, channels, kernel=3, stride=1, relu=True, rank=2):
    """A convolution with weights of its own, and a Relu. `channels`: in and out. Returns the name of its output."""
    pads = [kernel // 2] * (2 * rank)
    initializers.append(weights(f"{name}.w", channels[1], channels[0], *[kernel] * rank))
    nodes.append(h.make_node("Conv", [given, f"{name}.w"], [f"{name}.c"], pads=pads, strides=[stride] * rank))
    if not relu:
        return f"{name}.c"
    nodes.append(h.make_node("Relu", [f"{name}.c"], [f"{name}.r"]))
    return f"{name}.r"


def pooled(nodes, initializers, given, channels, classes):
    """The mean over all positions, and a dense layer."""
    initializers.append(weights("dense", channels, classes))
    nodes += [h.make_node("GlobalAveragePool", [given], ["p"]), h.make_node("Flatten", ["p"], ["f"]), h.make_node("MatMul", ["f", "dense"], ["y"])]


def pictures(path):
    """A residual network for pictures of 32 x 32: 12 million weights, 0.5 billion products."""
    nodes, initializers = [], []
    last, width = conv(nodes, initializers, "stem", "x", (3, 64)), 64
    for stage, channels in enumerate((64, 128, 256, 512)):
        for block in range(2):
            name, stride = f"s{stage}b{block}", 2 if stage > 0 and block == 0 else 1
            first = conv(nodes, initializers, f"{name}.1", last, (width, channels), stride=stride)
            second = conv(nodes, initializers, f"{name}.2", first, (channels, channels), relu=False)
            beside = last if width == channels and stride == 1 else conv(nodes, initializers, f"{name}.0", last, (width, channels), 1, stride, False)
            nodes += [h.make_node("Add", [second, beside], [f"{name}.a"]), h.make_node("Relu", [f"{name}.a"], [f"{name}.o"])]
            last, width = f"{name}.o", channels
    pooled(nodes, initializers, last, width, 100)
    save(path, nodes, [value("x", ["N", 3, 32, 32])], [value("y", ["N", 100])], initializers)


def detector(path):
    """A detector that enlarges its picture to 240 x 240 and finds 4 coordinates and 2 classes at 225 places."""
    initializers = [constant("scales", np.float32([1, 1, 6, 6])), constant("boxes", np.int64([0, 6, 225]))]
    nodes = [h.make_node("Resize", ["x", "", "scales"], ["large"], mode="nearest")]
    last, width = "large", 1
    for stage, channels in enumerate((24, 48, 96, 192)):
        last = conv(nodes, initializers, f"d{stage}", last, (width, channels), stride=2)
        last = conv(nodes, initializers, f"e{stage}", last, (channels, channels))
        width = channels
    last = conv(nodes, initializers, "head", last, (width, 6), 1, relu=False)
    nodes.append(h.make_node("Reshape", [last, "boxes"], ["y"]))
    save(path, nodes, [value("x", ["N", 1, 40, 40])], [value("y", ["N", 6, 225])], initializers)


def file_types(path):
    """A classifier of 2,048 bytes, as those of file types: embeddings and convolutions along the file."""
    nodes = [h.make_node("Gather", ["table", "bytes"], ["e"]), h.make_node("Transpose", ["e"], ["t"], perm=[0, 2, 1])]
    initializers = [weights("table", 257, 64)]
    last = conv(nodes, initializers, "a", "t", (64, 128), 9, 4, rank=1)
    last = conv(nodes, initializers, "b", last, (128, 256), 5, 1, rank=1)
    last = conv(nodes, initializers, "c", last, (256, 512), 3, 1, rank=1)
    pooled(nodes, initializers, last, 512, 200)
    save(path, nodes, [value("bytes", ["N", 2048], T.INT32)], [value("y", ["N", 200])], initializers)


def encoder(path, layers=4, size=384, heads=12, rows=8000):
    """A text encoder with the width of MiniLM and 4 layers: attention with a mask, and the mean of the tokens that the mask keeps."""
    initializers = [weights("table", rows, size), constant("one", np.int64([1])), constant("two", np.int64([2])), constant("middle", np.int64([1, 2]))]
    initializers += [constant("split", np.int64([0, 0, heads, size // heads])), constant("join", np.int64([0, 0, size]))]
    initializers += [constant("large", np.float32(-10000)), constant("whole", np.float32(1)), constant("half", np.float32((size // heads) ** -0.5))]
    initializers += [constant("scale", np.ones(size, "float32")), constant("shift", np.zeros(size, "float32"))]
    nodes = [
        h.make_node("Gather", ["table", "ids"], ["h0"]),
        h.make_node("Cast", ["mask"], ["kept"], to=T.FLOAT),
        h.make_node("Sub", ["whole", "kept"], ["dropped"]),
        h.make_node("Mul", ["dropped", "large"], ["far"]),
        h.make_node("Unsqueeze", ["far", "middle"], ["bias"]),
    ]

    def dense(name, given, inner, outer):
        initializers.append(weights(f"{name}.w", inner, outer))
        nodes.append(h.make_node("MatMul", [given, f"{name}.w"], [name]))
        return name

    def normalized(name, first, second, output):
        nodes.append(h.make_node("Add", [first, second], [f"{name}.sum"]))
        nodes.append(h.make_node("LayerNormalization", [f"{name}.sum", "scale", "shift"], [output]))

    for layer in range(layers):
        n, given = f"l{layer}", f"h{layer}"
        for part, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
            nodes.append(h.make_node("Reshape", [dense(f"{n}.{part}", given, size, size), "split"], [f"{n}.{part}s"]))
            nodes.append(h.make_node("Transpose", [f"{n}.{part}s"], [f"{n}.{part}t"], perm=perm))
        nodes += [
            h.make_node("MatMul", [f"{n}.qt", f"{n}.kt"], [f"{n}.products"]),
            h.make_node("Mul", [f"{n}.products", "half"], [f"{n}.scaled"]),
            h.make_node("Add", [f"{n}.scaled", "bias"], [f"{n}.masked"]),
            h.make_node("Softmax", [f"{n}.masked"], [f"{n}.shares"], axis=-1),
            h.make_node("MatMul", [f"{n}.shares", f"{n}.vt"], [f"{n}.heads"]),
            h.make_node("Transpose", [f"{n}.heads"], [f"{n}.back"], perm=[0, 2, 1, 3]),
            h.make_node("Reshape", [f"{n}.back", "join"], [f"{n}.joined"]),
        ]
        normalized(f"{n}.1", dense(f"{n}.o", f"{n}.joined", size, size), given, f"{n}.normal")
        nodes.append(h.make_node("Relu", [dense(f"{n}.up", f"{n}.normal", size, 4 * size)], [f"{n}.active"]))
        normalized(f"{n}.2", dense(f"{n}.down", f"{n}.active", 4 * size, size), f"{n}.normal", f"h{layer + 1}")
    nodes += [
        h.make_node("Unsqueeze", ["kept", "two"], ["weights"]),
        h.make_node("Mul", [f"h{layers}", "weights"], ["own"]),
        h.make_node("ReduceSum", ["own", "one"], ["sum"], keepdims=0),
        h.make_node("ReduceSum", ["kept", "one"], ["count"], keepdims=1),
        h.make_node("Div", ["sum", "count"], ["mean"]),
    ]
    inputs = [value("ids", ["batch", "length"], T.INT64), value("mask", ["batch", "length"], T.INT64)]
    save(path, nodes, inputs, [value("mean", ["batch", size])], initializers)


# Models of real size: runs of 3 to 50 ms on one or two cores, and small requests.
REAL_SIZE = [pictures, detector, file_types, encoder]
