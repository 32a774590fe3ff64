"""Defaults of attributes by operator and version, from ONNX's schemas, for operators that Pareto lists.

pip install onnx; python tools/golden/make-attribute-defaults.py
"""

import json
import pathlib
import re

import onnx

OPS = pathlib.Path(__file__).parents[2] / "src/engine/onnx/ops"


def default_of(attribute):
    if attribute.required:
        return {"required": True}
    value = attribute.default_value
    if not value.type:
        return {}
    found = onnx.helper.get_attribute_value(value)
    return {"default": found.decode() if isinstance(found, bytes) else found}


def main():
    listed = set(re.findall(r"^  (\w+): ", (OPS / "attribute-defaults.ts").read_text(), re.M))
    schemas = [
        {
            "op": schema.name,
            "since": schema.since_version,
            "attributes": {name: default_of(value) for name, value in sorted(schema.attributes.items())},
        }
        for schema in onnx.defs.get_all_schemas_with_history()
        if schema.domain == "" and schema.name in listed
    ]
    schemas.sort(key=lambda schema: (schema["op"], schema["since"]))
    lines = ",\n".join(json.dumps(schema) for schema in schemas)
    (OPS / "fixtures/attribute-defaults.json").write_text(f'{{"onnx": "{onnx.__version__}", "schemas": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
