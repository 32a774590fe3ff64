import { describe, expect, it } from 'vitest';
import { answerOf, memoryFile, quietContext } from '../testing/memory-files';
import { readSamples, valuesOf } from '../testing/read-samples';
import { openOnnxTestData } from './onnx-test-data';

/** TensorProto: dims, data_type 1 (float32), name "x", raw_data. */
function tensor(...values: number[]): Uint8Array {
  const raw = new Uint8Array(Float32Array.from(values).buffer);
  return Uint8Array.from([0x08, values.length, 0x10, 1, 0x42, 1, 0x78, 0x4a, raw.length, ...raw]);
}

const open = (contents: Readonly<Record<string, Uint8Array>>) =>
  openOnnxTestData(
    Object.entries(contents).map(([path, bytes]) => memoryFile(path, bytes)),
    'model',
    quietContext,
  );

describe('openOnnxTestData', () => {
  it('takes sets in the order of their numbers, and leaves sizes open that differ', async () => {
    const dataset = await open({
      'm/test_data_set_10/input_0.pb': tensor(10, 11, 12),
      'm/test_data_set_2/input_0.pb': tensor(2, 3),
      'm/test_data_set_2/output_0.pb': tensor(4),
      'm/model.onnx': new Uint8Array(4),
    });
    expect(dataset.description.fields).toEqual([
      { name: 'input_0', kind: 'numbers', dtype: 'float32', shape: [null] },
      {
        ...{ name: 'output_0', kind: 'numbers', dtype: 'float32', shape: [1] },
        recordedOutput: { name: 'x', position: 0 },
      },
    ]);
    expect(dataset.description.notes).toContain('"input_0" is the tensor "x".');
    expect(valuesOf(await readSamples(dataset, ['input_0']), 'input_0')).toEqual([
      [2, 3],
      [10, 11, 12],
    ]);
    expect(valuesOf(await readSamples(dataset, ['output_0']), 'output_0')).toEqual([
      [4],
      'Set 1: There is no file "output_0.pb" in it.',
    ]);
  });

  it('reads a single set that is in no folder', async () => {
    const dataset = await open({ 'input_0.pb': tensor(1), 'input_1.pb': tensor(2) });
    expect(dataset.description.samples).toBe(1);
    expect(valuesOf(await readSamples(dataset, ['input_0', 'input_1']), 'input_1')).toEqual([[2]]);
  });

  it('leaves out a recorded output that is no tensor, and says so', async () => {
    // SequenceProto of two tensors, and a tensor of complex numbers.
    const part = tensor(1);
    const sequence = Uint8Array.from([0x10, 1, 0x1a, part.length, ...part, 0x1a, part.length, ...part]);
    const complex = tensor(1, 2).with(0, 0x08).with(3, 14);
    const dataset = await open({ 'input_0.pb': tensor(1), 'output_0.pb': sequence, 'output_1.pb': complex });
    expect(dataset.description.fields.map(({ name }) => name)).toEqual(['input_0']);
    expect(dataset.description.notes.slice(1)).toEqual([
      expect.stringMatching(/^No output is compared with "output_0"\. "output_0.pb" /),
      expect.stringMatching(
        /^No output is compared with "output_1"\. "output_1.pb" contains elements of type complex64/,
      ),
    ]);
  });

  it('names the file that is no tensor; in a later set only its sample is lost', async () => {
    const noise = Uint8Array.of(0xff, 0xff, 0xff);
    // One advice: that of the decoder is about a model.
    expect(await answerOf(() => open({ 'input_0.pb': noise }))).toMatch(
      /"input_0.pb" does not contain one ONNX tensor \(TensorProto\)\. Download or export it again\.$/,
    );
    expect(await answerOf(() => open({ 'input_0.pb': new Uint8Array(0) }))).toMatch(/"input_0.pb" is empty/);
    // Two values are declared, one is there.
    expect(await answerOf(() => open({ 'input_0.pb': tensor(1).with(1, 2) }))).toMatch(/"input_0.pb"/);
    const dataset = await open({ 'a_0/input_0.pb': tensor(1), 'a_1/input_0.pb': noise });
    const values = valuesOf(await readSamples(dataset, ['input_0']), 'input_0');
    expect(values[0]).toEqual([1]);
    expect(values[1]).toMatch(/^"a_1\/input_0.pb": "a_1\/input_0.pb" does not contain one ONNX tensor/);
  });
});
