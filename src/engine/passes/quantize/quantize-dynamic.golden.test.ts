/** Against ONNX Runtime's own tool: fixtures made by tools/golden/make-quantize-dynamic.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../onnx/byte-source';
import { checkModel } from '../../onnx/check';
import { decodeModel } from '../../onnx/codec/decode';
import type { Attribute, Graph, Model, Node, Tensor } from '../../onnx/graph';
import { tensorBytes } from '../../onnx/tensor';
import type { OptionValues } from '../option-spec';
import { affineParameters, type IntegerType } from './affine';
import { float16Format, float32Format } from './float-format';
import { runQuantizeDynamic } from './run-quantize-dynamic';
import { testContext } from './testing/test-context';

interface GoldenCase {
  readonly model: string;
  readonly variant: string;
  readonly options: OptionValues;
}

const fixture = (path: string) => readFileSync(new URL(`./fixtures/${path}`, import.meta.url));
const load = (path: string): Model => decodeModel(new MemorySource(fixture(path)));
const cases = JSON.parse(fixture('cases.json').toString()) as GoldenCase[];

/** What must be equal: the order of nodes and initializers may differ, empty names are absent ones. */
function comparable(graph: Graph) {
  return {
    nodes: sorted(graph.nodes.map(comparableNode), (node) => node.outputs.join()),
    initializers: sorted(graph.initializers.map(comparableTensor), (tensor) => tensor.name),
    inputs: graph.inputs.map((input) => input.name),
    outputs: graph.outputs.map((output) => output.name),
  };
}

function comparableNode(node: Node) {
  return {
    op: `${node.domain ?? ''}:${node.opType}`,
    name: node.name ?? '',
    inputs: node.inputs,
    outputs: node.outputs,
    attributes: sorted(node.attributes.map(comparableAttribute), (attribute) => attribute.name),
  };
}

function comparableAttribute({ name = '', type, f, i, s, t, floats = [], ints = [] }: Attribute) {
  return { name, type, f, i, s: s && [...s], t: t && comparableTensor(t), floats: [...floats], ints: [...ints] };
}

function comparableTensor(tensor: Tensor) {
  const hex = Buffer.from(tensorBytes(tensor)).toString('hex');
  return { name: tensor.name ?? '', dims: tensor.dims.map(Number), dataType: tensor.dataType, hex };
}

function sorted<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Gemms that neither quantizes stay Gemm here; the tool splits some of them for nothing. */
describe('quantize-dynamic against the tool', () => {
  it.each(cases.map((entry) => [`${entry.model} ${entry.variant}`, entry] as const))('%s', async (_name, entry) => {
    const expected = load(`quantized/${entry.model}.${entry.variant}.onnx`);
    // All integers kept in memory, and all of them computed when they are read.
    for (const bytesToKeep of [Infinity, 0]) {
      const original = load(`models/${entry.model}.onnx`);
      const { model } = await runQuantizeDynamic(original, entry.options, testContext(), bytesToKeep);
      expect(checkModel(model)).toEqual([]);
      expect(comparable(model.graph!)).toEqual(comparable(expected.graph!));
      expect(model.opsetImports).toEqual(expected.opsetImports);
    }
  });
});

describe('affineParameters against the tool', () => {
  type Row = [string, number, number, IntegerType, boolean, boolean, number, number];
  const rows = JSON.parse(fixture('scales.json').toString()) as Row[];

  it(`gives the same scale and zero point for ${rows.length} ranges`, () => {
    for (const [type, minimum, maximum, integer, symmetric, reduceRange, scale, zeroPoint] of rows) {
      const format = type === 'float16' ? float16Format : float32Format;
      const options = { type: integer, symmetric, reduceRange };
      const label = `${type} ${minimum} to ${maximum}, ${JSON.stringify(options)}`;
      expect(affineParameters(minimum, maximum, options, format), label).toEqual({ scale, zeroPoint });
    }
  });
});
