import type { ScriptPart } from '../script-part';
import type { ShortenNamesOptions } from './shorten-names-options';

/** Writes the step with the onnx package alone, because ONNX Runtime's tools rename nothing. */
export function scriptOfNames({ keepNodeNames, leastSaving }: ShortenNamesOptions): ScriptPart {
  return {
    imports: ['import onnx'],
    body: [
      'model = onnx.load(source)',
      'kept = {value.name for value in [*model.graph.input, *model.graph.output]}',
      'names = {"": ""}',
      ...functions,
      ...(keepNodeNames ? [] : withoutNodeNames),
      ...shortening,
      'keep_ends(model.graph)',
      'shorten(model.graph, True)',
      ...(keepNodeNames ? [] : ['drop_names(model.graph)']),
      'onnx.save(model, target)',
    ],
    missing: [
      'The names differ: Pareto’s are indices into the list of the original’s names, which lets it find layers again.',
      ...(leastSaving > 0 ? ['The tool shortens them even if that saves little.'] : []),
    ],
  };
}

const functions = `
def bodies(node):
    return [g for a in node.attribute for g in ([a.g] if a.HasField("g") else []) + list(a.graphs)]

def keep_ends(graph):
    for node in graph.node:
        for body in bodies(node):
            if node.domain not in ("", "ai.onnx"):
                kept.update(value.name for value in [*body.input, *body.output])
            keep_ends(body)

def short(name):
    if name in kept:
        return name
    if name not in names:
        names[name] = f"_{len(names):x}"
        while names[name] in kept:
            names[name] += "."
    return names[name]

def clear(thing):
    for note in ("doc_string", "metadata_props"):
        thing.ClearField(note)

def rename(things):
    for thing in things:
        thing.name = short(thing.name)
        clear(thing)
`.split('\n');

const withoutNodeNames = `def drop_names(graph):
    for node in graph.node:
        node.ClearField("name")
        for body in bodies(node):
            drop_names(body)
`.split('\n');

/** Values of operators that ONNX does not know keep their descriptions. */
const shortening = `def shorten(graph, is_main):
    clear(graph)
    rename([*graph.initializer, *(sparse.values for sparse in graph.sparse_initializer)])
    if not is_main:
        rename([*graph.input, *graph.output])
    own = {o for n in graph.node if n.domain not in ("", "ai.onnx", "com.microsoft") for o in n.output}
    described = [value for value in graph.value_info if value.name in own]
    del graph.value_info[:]
    graph.value_info.extend(described)
    rename(graph.value_info)
    for annotation in graph.quantization_annotation:
        annotation.tensor_name = short(annotation.tensor_name)
        for entry in annotation.quant_parameter_tensor_names:
            entry.value = short(entry.value)
    for node in graph.node:
        clear(node)
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]
        for body in bodies(node):
            shorten(body, False)
`.split('\n');
