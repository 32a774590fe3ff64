"""Collects how the signatures of ONNX's operators changed from one version to the next.

    python tools/golden/make-operator-changes.py

Writes src/engine/onnx/ops/fixtures/operator-changes.json. It lists the new versions of each operator of the default
domain in opsets 7 to 23, with every change except a wider choice of types. Needs onnx 1.23.
"""

import collections
import json
import pathlib

import onnx
from onnx import defs

TARGET = pathlib.Path(__file__).parents[2] / "src/engine/onnx/ops/fixtures/operator-changes.json"
OPSETS = range(7, 24)


def main():
    versions = collections.defaultdict(dict)
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == "":
            versions[schema.name][schema.since_version] = schema
    changes = []
    for name, schemas in sorted(versions.items()):
        numbers = sorted(schemas)
        for before, after in zip(numbers, numbers[1:]):
            if after in OPSETS:
                differences = compare(schemas[before], schemas[after])
                changes.append({"op": name, "from": before, "to": after, "differences": differences})
    lines = ",\n".join(json.dumps(change) for change in changes)
    TARGET.write_text(f'{{"onnx": "{onnx.__version__}", "changes": [\n{lines}\n]}}\n')
    print(f"{len(changes)} changes")


def compare(before, after):
    found = ["deprecated"] if after.deprecated else []
    old, new = before.attributes, after.attributes
    found += [f"without attribute {name}" for name in sorted(old.keys() - new.keys())]
    for name in sorted(new.keys() - old.keys()):
        found.append(f"{'needs' if new[name].required else 'new'} attribute {name}{default_text(new[name])}")
    for name in sorted(new.keys() & old.keys()):
        if default_text(old[name]) != default_text(new[name]):
            found.append(f"attribute {name}{default_text(new[name])}, not{default_text(old[name])}")
        if new[name].required and not old[name].required:
            found.append(f"needs attribute {name}")
        if old[name].type != new[name].type:
            found.append(f"another type of attribute {name}")
    found += compare_formals("input", before, after, before.inputs, after.inputs)
    return found + compare_formals("output", before, after, before.outputs, after.outputs)


def compare_formals(kind, before, after, old, new):
    found = [f"without {kind} {formal.name}" for formal in old[len(new) :]]
    for formal in new[len(old) :]:
        optional = formal.option == defs.OpSchema.FormalParameterOption.Optional
        found.append(f"{'new' if optional else 'needs'} {kind} {formal.name}")
    for one, other in zip(old, new):
        if types_of(before, one) - types_of(after, other):
            found.append(f"{kind} {other.name} takes fewer types")
        if one.option == defs.OpSchema.FormalParameterOption.Optional != other.option:
            found.append(f"needs {kind} {other.name}")
    return found


def types_of(schema, formal):
    types = {constraint.type_param_str: set(constraint.allowed_type_strs) for constraint in schema.type_constraints}
    return types.get(formal.type_str, {formal.type_str})


def default_text(attribute):
    value = attribute.default_value
    if value.type == onnx.AttributeProto.UNDEFINED:
        return ""
    content = onnx.helper.get_attribute_value(value)
    return f" = {content.decode() if isinstance(content, bytes) else content}"


main()
