/** Describes the contents of one node: its attributes as text, and the weights that it reads. */
import { dataTypeName } from '../onnx/data-type';
import type { Attribute, Model, Tensor } from '../onnx/graph';
import { elementCount, storedSizeBytes } from '../onnx/tensor';
import { nodes } from '../onnx/traverse';
import { weights } from '../onnx/weights';

/** Longer lists and texts are cut. */
const shownEntries = 16;
const shownCharacters = 160;

export interface NodeWeight {
  /** The path of the weight, as in `weights(model)`. */
  readonly path: string;
  readonly name: string;
  /** The positions of the node's inputs that read it. */
  readonly inputs: readonly number[];
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly sizeBytes: number;
}

export interface NodeContents {
  readonly path: string;
  readonly documentation: string;
  readonly attributes: readonly { readonly name: string; readonly text: string }[];
  readonly weights: readonly NodeWeight[];
}

/** The node with this path, as `inspect` gives it; `undefined` when there is none. Reads no weights. */
export function inspectNodeContents(model: Model, path: string): NodeContents | undefined {
  for (const visit of nodes(model)) {
    if (visit.path !== path) continue;
    const { attributes, docString } = visit.node;
    return {
      path,
      documentation: shorten(docString ?? ''),
      attributes: attributes.map((attribute) => ({ name: attribute.name ?? '', text: attributeText(attribute) })),
      weights: weightsReadBy(model, path),
    };
  }
  return undefined;
}

/** The tensor of a weight by its path, or `undefined`. */
export function findWeight(model: Model, path: string): Tensor | undefined {
  return weights(model).find((weight) => weight.path === path)?.tensor;
}

function weightsReadBy(model: Model, path: string): NodeWeight[] {
  return weights(model).flatMap(({ path: weightPath, name, tensor, consumers }) => {
    const inputs = consumers.filter((consumer) => consumer.path === path).map(({ input }) => input);
    if (inputs.length === 0) return [];
    const dtype = dataTypeName(tensor.dataType ?? 0);
    const shape = tensor.dims.map(Number);
    return [
      {
        path: weightPath,
        name,
        inputs,
        dtype,
        shape,
        elements: elementCount(tensor),
        sizeBytes: storedSizeBytes(tensor),
      },
    ];
  });
}

/** An attribute's value on one line, shortened where it is long. */
export function attributeText(attribute: Attribute): string {
  const { refAttrName, f, i, s, t, g, floats, ints, strings, tensors, graphs, sparseTensor, typeProto } = attribute;
  if (refAttrName) return `as the function's attribute ${refAttrName}`;
  if (s !== undefined) return quote(s);
  if (t !== undefined) return tensorText(t);
  if (g !== undefined) return `graph of ${g.nodes.length} nodes`;
  if (floats?.length) return list(floats, floatText);
  if (ints?.length) return list(ints, String);
  if (strings?.length) return list(strings, quote);
  if (tensors?.length) return list(tensors, tensorText);
  if (graphs?.length) return list(graphs, (graph) => `graph of ${graph.nodes.length} nodes`);
  if (sparseTensor !== undefined) return `sparse [${sparseTensor.dims.join(', ')}]`;
  if (typeProto !== undefined) return typeProto.kind;
  if (f !== undefined) return floatText(f);
  return i === undefined ? '[]' : String(i);
}

/** Float attributes are float32: the digits that a double adds are none of the file's. */
function floatText(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function tensorText(tensor: Tensor): string {
  return `${dataTypeName(tensor.dataType ?? 0)} [${tensor.dims.join(', ')}]`;
}

function quote(bytes: Uint8Array): string {
  return `"${shorten(new TextDecoder().decode(bytes.subarray(0, 4 * shownCharacters)))}"`;
}

function shorten(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}

function list<Entry>(entries: readonly Entry[], textOf: (entry: Entry) => string): string {
  const shown = entries.slice(0, shownEntries).map(textOf).join(', ');
  return entries.length > shownEntries ? `[${shown}, … ${entries.length} in all]` : `[${shown}]`;
}
