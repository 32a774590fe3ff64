/** Compares with ONNX Runtime's own tool: tools/golden/make-quantize-dynamic.py made the fixtures. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../../onnx/byte-source';
import { checkModel } from '../../../onnx/check';
import { decodeModel } from '../../../onnx/codec/decode';
import type { Model } from '../../../onnx/graph';
import type { OptionValues } from '../../option-spec';
import { affineParameters, type IntegerType } from '../affine';
import { float16Format, float32Format } from '../float-format';
import { runQuantizeDynamic } from './run-quantize-dynamic';
import { comparableGraph } from './testing/comparable-graph';
import { testContext } from '../../testing/pass-context';

interface GoldenCase {
  readonly model: string;
  readonly variant: string;
  readonly options: OptionValues;
}

const fixture = (path: string) => readFileSync(new URL(`./fixtures/${path}`, import.meta.url));
const load = (path: string): Model => decodeModel(new MemorySource(fixture(path)));
const cases = JSON.parse(fixture('cases.json').toString()) as GoldenCase[];

/** Gemms that neither quantizes stay Gemm here; the tool splits some of them for nothing. */
describe('quantize-dynamic against the tool', () => {
  it.each(cases.map((entry) => [`${entry.model} ${entry.variant}`, entry] as const))('%s', async (_name, entry) => {
    const expected = load(`quantized/${entry.model}.${entry.variant}.onnx`);
    // All integers kept in memory, and all of them computed when they are read.
    for (const bytesToKeep of [Infinity, 0]) {
      const original = load(`models/${entry.model}.onnx`);
      const { model } = await runQuantizeDynamic(original, entry.options, testContext(), bytesToKeep);
      expect(checkModel(model)).toEqual([]);
      expect(comparableGraph(model.graph!)).toEqual(comparableGraph(expected.graph!));
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
