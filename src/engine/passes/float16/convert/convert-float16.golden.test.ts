/** Compares with ONNX Runtime's own converter: tools/golden/make-float16.py made the fixtures. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MemorySource } from '../../../onnx/byte-source';
import { checkModel } from '../../../onnx/check';
import { decodeModel } from '../../../onnx/codec/decode';
import type { Model } from '../../../onnx/graph';
import { comparableGraph } from '../../quantize/dynamic/testing/comparable-graph';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { convertFloat16 } from './convert-float16';

const load = (path: string): Model => decodeModel(new MemorySource(readFileSync(new URL(path, import.meta.url))));
const sources: Readonly<Record<string, string>> = {
  pictures: '../../quantize/static/fixtures/pictures.onnx',
  sentences: '../../quantize/static/fixtures/sentences.onnx',
  edges: './fixtures/edges.onnx',
};

/** Casts have other names here, and the standard's order. */
function comparable({ graph }: Model) {
  const { nodes, initializers, inputs, outputs } = comparableGraph(graph!);
  const isCast = ({ op, name }: { op: string; name: string }): boolean => op.endsWith(':Cast') && name !== 'cast';
  return {
    nodes: nodes.filter((node) => !isCast(node)).map(({ op, name, attributes }) => ({ op, name, attributes })),
    casts: nodes.filter(isCast).length,
    tensors: initializers.map(({ dataType, dims, hex }) => ({ dataType, dims, hex })),
    types: [...graph!.inputs, ...graph!.outputs].map(({ name, type }) => [name, type?.elementType]),
    names: [inputs, outputs],
  };
}

it.each(Object.keys(sources).flatMap((name) => [[name, true] as const, [name, false] as const]))(
  'converts the same nodes as the tool, bit for bit: %s, inputs and outputs kept: %s',
  async (name, keepInputsOutputs) => {
    const options = resolveOptions(convertFloat16, { keepInputsOutputs });
    const { model } = await convertFloat16.run(load(sources[name]!), options, passContext());
    expect(checkModel(model)).toEqual([]);
    const wanted = comparable(load(`./fixtures/${name}.${keepInputsOutputs ? 'kept' : 'converted'}.onnx`));
    const sorted = (found: ReturnType<typeof comparable>) => ({
      ...found,
      nodes: found.nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      tensors: found.tensors.toSorted((a, b) => (a.hex < b.hex ? -1 : 1)),
    });
    expect(sorted(comparable(model))).toEqual(sorted(wanted));
  },
);
