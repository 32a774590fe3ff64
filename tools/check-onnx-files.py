"""Puts every model of a folder through `onnx.checker` with `full_check`, and opens it in ONNX Runtime's own build for the CPU.

    python tools/check-onnx-files.py <folder>

It checks the files of `bench/fuzz-passes.ts --write`. Prints each file that fails; ends with 1 where one does.
"""

import pathlib
import sys

import onnx
import onnxruntime as ort


def main():
    ort.set_default_logger_severity(4)
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
    failures = [(path.name, problem) for path in files if (problem := problem_of(path))]
    for name, problem in failures:
        print(f"{name}: {problem}")
    print(f"{len(files)} files, {len(failures)} failures. onnx {onnx.__version__}, ONNX Runtime {ort.__version__}")
    return 1 if failures else 0


def problem_of(path):
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return None
    except Exception as problem:
        return " ".join(str(problem).split())[:300]


if __name__ == "__main__":
    sys.exit(main())
