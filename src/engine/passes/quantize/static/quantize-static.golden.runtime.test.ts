/** Compares with ONNX Runtime's own tool: tools/golden/make-quantize-static.py made the fixtures. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { MemorySource } from '../../../onnx/byte-source';
import { checkTensorrtRules } from '../../../analysis/tensorrt-rules';
import { checkModel } from '../../../onnx/check';
import { decodeModel } from '../../../onnx/codec/decode';
import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { comparableGraph } from '../dynamic/testing/comparable-graph';
import { quantizeStatic } from './quantize-static';

interface Golden {
  readonly cases: readonly { readonly model: string; readonly variant: string; readonly options: OptionValues }[];
  readonly samples: Readonly<
    Record<string, { readonly dims: readonly number[]; readonly values: readonly number[][] }>
  >;
}

const fixture = (path: string) => readFileSync(new URL(`./fixtures/${path}`, import.meta.url));
const load = (path: string): Model => decodeModel(new MemorySource(fixture(path)));
const { cases, samples } = JSON.parse(fixture('cases.json').toString()) as Golden;
const inference = createInProcessInference();

/** Scales differ by what two runtimes make of the same sums, and biases by a unit: everything else is equal. */
function expectSame(model: Model, expected: Model): void {
  const [got, wanted] = [comparableGraph(model.graph!), comparableGraph(expected.graph!)];
  expect(got.nodes).toEqual(wanted.nodes);
  expect(got.initializers.map(({ name }) => name)).toEqual(wanted.initializers.map(({ name }) => name));
  for (const [index, tensor] of got.initializers.entries()) {
    const other = wanted.initializers[index]!;
    expect({ ...tensor, hex: '' }).toEqual({ ...other, hex: '' });
    const [a, b] = [tensor, other].map(({ hex }) => Buffer.from(hex, 'hex'));
    if (tensor.dataType === DataType.float32) {
      for (let at = 0; at < a!.length; at += 4) {
        const number = b!.readFloatLE(at);
        expect(Math.abs(a!.readFloatLE(at) - number)).toBeLessThanOrEqual(Math.abs(number) * 5e-6);
      }
    } else if (tensor.dataType === DataType.int32) {
      for (let at = 0; at < a!.length; at += 4) {
        const number = b!.readInt32LE(at);
        expect(Math.abs(a!.readInt32LE(at) - number)).toBeLessThanOrEqual(1 + Math.abs(number) * 5e-6);
      }
    } else expect(tensor.hex).toBe(other.hex);
  }
}

describe('quantize-static against the tool', () => {
  it.each(cases.map((entry) => [`${entry.model} ${entry.variant}`, entry] as const))('%s', async (_, entry) => {
    const { dims, values } = samples[entry.model]!;
    const data = {
      fingerprint: '',
      samples: values.length,
      async *feeds() {
        for (const sample of values) yield { x: { dtype: 'float32', dims, data: Float32Array.from(sample) } };
      },
    };
    const options = resolveOptions(quantizeStatic, { biasCorrection: false, closeness: 0, ...entry.options });
    const { model } = await quantizeStatic.run(load(`${entry.model}.onnx`), options, passContext({ data, inference }));
    expect(checkModel(model)).toEqual([]);
    if (options['target'] === 'tensorrt') expect(checkTensorrtRules(model)).toEqual([]);
    expectSame(model, load(`${entry.model}.${entry.variant}.onnx`));
  });
});
