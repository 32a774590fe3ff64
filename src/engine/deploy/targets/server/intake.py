"""Reads requests: with limits of size and time, and checked against the model before they are batched."""
import asyncio
import json

import numpy as np
import settings

# ONNX element types by the names of the v2 protocol, of NumPy and of ONNX Runtime.
TYPES = {
    "BOOL": "bool", "UINT8": "uint8", "UINT16": "uint16", "UINT32": "uint32", "UINT64": "uint64",
    "INT8": "int8", "INT16": "int16", "INT32": "int32", "INT64": "int64",
    "FP16": "float16", "FP32": "float32", "FP64": "float64", "BYTES": "object",
}
NAMES = {numpy: v2 for v2, numpy in TYPES.items()}
OF_RUNTIME = {"float": "float32", "double": "float64", "string": "object"}


class Refused(Exception):
    """The request cannot be answered, and the server is not the cause."""

    def __init__(self, status: int, sentence: str, **headers: str):
        super().__init__(sentence)
        self.status, self.headers = status, headers


class HungUp(Exception):
    """No client waits for the answer any more."""


# Headers of requests that this server does not read.
NOT_READ = {
    "inference-header-content-length": "Binary tensors are not read. Send them as JSON (tritonclient: binary_data=False).",
    "content-encoding": "Compressed bodies are not read. Send JSON.",
}


class Bodies:
    """Reads bodies. A body that is too slow or too large is ended, and after SIGTERM bodies get two more seconds."""

    def __init__(self, limits):
        self.limits, self.held, self.timers, self.stopping = limits, 0, set(), False

    def stop(self):
        self.stopping = True
        latest = asyncio.get_running_loop().time() + settings.STOP_BODY_S
        for timer in self.timers:
            timer.reschedule(min(timer.when(), latest))

    async def read(self, request) -> bytearray:
        allowed = settings.STOP_BODY_S if self.stopping else settings.BODY_TIMEOUT_S
        body = bytearray()
        too_large = int(request.headers.get("content-length") or 0) > self.limits.max_body_bytes
        if too_large and request.headers.get("expect", "").lower() == "100-continue":
            raise self.too_large()
        try:
            async with asyncio.timeout(allowed) as timer:
                self.timers.add(timer)
                more = True
                while more:
                    message = await request.receive()
                    if message["type"] == "http.disconnect":
                        raise HungUp()
                    more = message.get("more_body", False)
                    # Most clients read no answer before they have sent everything, so a body that is too large is read and dropped.
                    if too_large:
                        continue
                    piece = message.get("body", b"")
                    body += piece
                    self.held += len(piece)
                    if len(body) > self.limits.max_body_bytes:
                        too_large = True
                        self.held -= len(body)
                        body = bytearray()
                    elif self.held > self.limits.max_bodies_bytes:
                        raise Refused(429, "Too many bodies are on their way.", **{"Retry-After": "1", "Connection": "close"})
        except TimeoutError:
            if self.stopping:
                raise Refused(503, "The server stops.", Connection="close") from None
            raise self.too_large() if too_large else Refused(408, "The body came too slowly.", Connection="close") from None
        finally:
            self.timers.discard(timer)
            self.held -= len(body)
        if too_large:
            raise self.too_large()
        for header, sentence in NOT_READ.items():
            if request.headers.get(header, "identity").strip().lower() not in ("", "identity"):
                raise Refused(400, sentence)
        return body

    def too_large(self) -> Refused:
        return Refused(413, f"The body is larger than {self.limits.max_body_bytes} bytes.", Connection="close")


class Inputs:
    """The inputs of the model, from the session."""

    def __init__(self, session, limits):
        self.known, self.limits = {}, limits
        self.outputs = [one.name for one in session.get_outputs()]
        for one in session.get_inputs():
            element = one.type.removeprefix("tensor(").removesuffix(")")
            self.known[one.name] = (np.dtype(OF_RUNTIME.get(element, element)), one.shape)

    def read(self, body: bytearray) -> tuple[dict[str, np.ndarray], str | None, list[str]]:
        """The model's inputs as arrays by name, the client's id of the request, and the names of the outputs that it asks for."""
        try:
            document = json.loads(body)
            feeds, given = {one["name"]: self.array(one) for one in document["inputs"]}, document.get("id")
            wanted = [one["name"] for one in document.get("outputs") or []] or self.outputs
            unknown = [name for name in wanted if name not in self.outputs]
            if unknown:
                raise ValueError(f"the model has no output {unknown[0]!r}")
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError, MemoryError) as error:
            raise Refused(400, f"The inputs cannot be read: {type(error).__name__}: {str(error)[:200]}") from error
        missing = [name for name in self.known if name not in feeds]
        if missing:
            raise Refused(400, f"The model also takes {', '.join(missing)}.")
        if self.limits.max_rows is not None:
            self.check_rows(feeds)
        self.check_size(feeds)
        return feeds, given if isinstance(given, str) else None, wanted

    def array(self, one) -> np.ndarray:
        name = one["name"]
        if name not in self.known:
            raise ValueError(f"the model has no input {name!r}")
        dtype, declared = self.known[name]
        given, shape, data = np.dtype(TYPES[one["datatype"]]), one["shape"], one["data"]
        if given != dtype:
            raise ValueError(f"{name!r} takes {NAMES.get(str(dtype), dtype)}, not {one['datatype']}")
        if not all(isinstance(size, int) and size >= 0 for size in shape):
            raise ValueError(f"the shape of {name!r} is no list of sizes")
        expected = [size if isinstance(size, int) else None for size in declared]
        if len(shape) != len(expected) or any(a is not None and a != b for a, b in zip(expected, shape, strict=True)):
            raise ValueError(f"{name!r} takes the shape {declared}, not {shape}")
        if dtype.kind in "iu" and np.asarray(data).dtype.kind == "f":
            raise ValueError(f"{name!r} takes whole numbers")
        with np.errstate(over="ignore"):
            array = np.asarray(data, dtype).reshape(shape)
        if dtype.kind == "O" and not all(isinstance(text, str) for text in array.flat):
            raise ValueError(f"{name!r} takes texts")
        if dtype.kind == "f" and not (np.isfinite(array) | (self.limits.takes_nan & np.isnan(array))).all():
            raise ValueError(f"{name!r} has a number that is not finite as {one['datatype']}")
        return array

    def check_size(self, feeds):
        rows = max((self.rows_of(array) for array in feeds.values()), default=1)
        numbers, most = sum(array.size for array in feeds.values()), rows * self.limits.max_row_numbers
        if numbers > most:
            raise Refused(413, f"The inputs have {numbers} numbers, and at most {most} are allowed (MAX_ROW_NUMBERS for each row).")

    def rows_of(self, array) -> int:
        # Without a proved batch, the first dimension may be the length of a text. It counts as 16 rows at most, and only if a row has
        # several numbers.
        if array.ndim == 0 or (self.limits.max_rows is None and array.size <= array.shape[0]):
            return 1
        return min(self.limits.max_rows or 16, array.shape[0])

    def check_rows(self, feeds):
        # Requests are joined along the first dimension, and their answers are split by it.
        sizes = {array.shape[0] if array.ndim else 0 for array in feeds.values()}
        if len(sizes) != 1 or 0 in sizes:
            raise Refused(400, "The first dimension of every input is the batch: the same size for all, at least 1.")
        if max(sizes) > self.limits.max_rows:
            raise Refused(413, f"A request has {self.limits.max_rows} rows at most, not {max(sizes)}.")


def tensor(name: str, value) -> tuple[dict, bool]:
    """An output in the form of the v2 protocol, and whether all of it is finite. JSON has no infinite numbers, so they are null."""
    parameters = {}
    if isinstance(value, list):  # A map for each row, as scikit-learn's converters make them: columns in the order of the keys.
        keys = list(value[0]) if value else []
        parameters = {"parameters": {"keys": keys}}
        value = np.asarray([[row[key] for key in keys] for row in value], "float32")
    finite = value.dtype.kind != "f" or bool(np.isfinite(value).all())
    data = value.ravel().tolist()
    if not finite:
        data = [one if np.isfinite(one) else None for one in data]
    return {"name": name, "datatype": NAMES.get(str(value.dtype), "BYTES"), "shape": list(value.shape), "data": data, **parameters}, finite
