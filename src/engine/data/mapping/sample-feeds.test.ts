import { describe, expect, it } from 'vitest';
import type { DataField, DatasetDescription, FieldValue } from '../dataset';
import type { FeedData, FreeDimensions, InputDescription } from '../feeds';
import { float32ToFloat16 } from '../../onnx/half-float';
import { imagePresets } from '../pictures/presets';
import type { DataMapping } from './mapping';
import { createSampleFeeder } from './sample-feeds';
import { productOf } from '../../product-of';

function field(name: string, shape: DataField['shape'], dtype = 'float32', extra: Partial<DataField> = {}): DataField {
  return { name, kind: 'numbers', dtype, shape, ...extra };
}

function describeData(fields: readonly DataField[], format: DatasetDescription['format'] = 'npz'): DatasetDescription {
  return { name: 'data.npz', format, samples: 3, fields, sizeBytes: 1, notes: [] };
}

function input(name: string, shape: InputDescription['shape'], dtype = 'float32'): InputDescription {
  return { name, dtype, shape };
}

function feeder(
  inputs: readonly InputDescription[],
  fields: readonly DataField[],
  mapping: DataMapping['inputs'],
  more: {
    labels?: DataMapping['labels'];
    format?: DatasetDescription['format'];
    freeDimensions?: FreeDimensions;
  } = {},
) {
  return createSampleFeeder({
    mapping: { inputs: mapping, labels: more.labels ?? null },
    description: describeData(fields, more.format),
    inputs,
    freeDimensions: more.freeDimensions ?? {},
  });
}

function tensor(dims: readonly number[], data: FeedData, dtype = 'float32'): FieldValue {
  return { kind: 'tensor', tensor: { dtype, dims, data } };
}

function floats(...dims: number[]): FieldValue {
  const count = productOf(dims);
  return tensor(
    dims,
    Float32Array.from({ length: count }, (_, index) => index),
  );
}

function feed(made: ReturnType<typeof feeder>, values: Record<string, FieldValue>) {
  return made.feed({ index: 7, values });
}

describe('createSampleFeeder: shapes', () => {
  it('adds the batch axis to a single sample and allows any count if the batch is free', () => {
    const made = feeder([input('x', ['N', 3, 4])], [field('x', [3, 4])], { x: { array: 'x' } });
    const { index, steps, label } = feed(made, { x: floats(3, 4) });
    expect(index).toBe(7);
    expect(label).toBeNull();
    expect(steps.map(({ x }) => x!.dims)).toEqual([[1, 3, 4]]);
    expect(made.samplesPerRun).toBeNull();
    expect(made.batchAxes).toEqual({ x: 0 });
    expect(made.fields).toEqual(['x']);
  });

  it('feeds as many samples at once as the fixed batch size requires', () => {
    for (const batch of [1, 4]) {
      const made = feeder([input('x', [batch, 5])], [field('x', [5])], { x: { array: 'x' } });
      expect(made.samplesPerRun).toBe(batch);
      expect(feed(made, { x: floats(5) }).steps[0]!.x!.dims).toEqual([1, 5]);
    }
  });

  it('takes an array of as many axes as the input for the whole tensor', () => {
    const made = feeder([input('x', ['N', 5])], [field('x', [3, 5])], { x: { array: 'x' } });
    expect(made.samplesPerRun).toBe(1);
    expect(feed(made, { x: floats(3, 5) }).steps[0]!.x!.dims).toEqual([3, 5]);
  });

  it('takes ONNX test data for whole tensors, and an array with 1 in front for a single sample', () => {
    const made = (format: DatasetDescription['format']) =>
      feeder([input('x', ['N', 5])], [field('x', [1, 5])], { x: { array: 'x' } }, { format });
    for (const [format, samplesPerRun] of [
      ['onnx-test-data', 1],
      ['npz', null],
    ] as const) {
      expect(feed(made(format), { x: floats(1, 5) }).steps[0]!.x!.dims).toEqual([1, 5]);
      expect(made(format).samplesPerRun).toBe(samplesPerRun);
    }
    expect(() =>
      feeder([input('x', ['N', 5])], [field('x', [5])], { x: { array: 'x' } }, { format: 'onnx-test-data' }),
    ).toThrow('does not fit');
  });

  it.each([
    [
      ['N', 1, 28, 28],
      [28, 28],
      [1, 1, 28, 28],
    ],
    [
      ['N', 28, 28, 1],
      [28, 28],
      [1, 28, 28, 1],
    ],
    [
      ['N', 1, 28, 28],
      [28, 28, 1],
      [1, 1, 28, 28],
    ],
    [
      ['N', 784],
      [28, 28],
      [1, 784],
    ],
    [['N', 1, 28, 28], [784], [1, 1, 28, 28]],
    [['N'], [], [1]],
    [['N', 1], [], [1, 1]],
    [[], [], []],
    [null, [4], [1, 4]],
    [
      ['N', -1, 'H', 3],
      [9, 8, 3],
      [1, 9, 8, 3],
    ],
  ])('feeds an input of shape %j a sample of shape %j as %j', (shape, dims, fed) => {
    const made = feeder([input('x', shape)], [field('x', dims)], { x: { array: 'x' } });
    expect(feed(made, { x: floats(...dims) }).steps[0]!.x!.dims).toEqual(fed);
  });

  it.each([
    [
      ['N', 3, 4],
      [4, 3],
    ],
    [
      ['N', 3, 4],
      [2, 6],
    ],
    [['N', 3], [4]],
    [[10], []],
  ])('refuses for an input of shape %j a sample of shape %j', (shape, dims) => {
    expect(() => feeder([input('x', shape)], [field('x', dims)], { x: { array: 'x' } })).toThrow(
      /"x" has shape \[.*\] for one sample, which does not fit input "x" of shape/,
    );
  });

  it('refuses the one sample that has another shape', () => {
    const made = feeder([input('x', ['N', 3])], [field('x', [null])], { x: { array: 'x' } });
    expect(made.samplesPerRun).toBe(1);
    expect(feed(made, { x: floats(3) }).steps).toHaveLength(1);
    expect(() => feed(made, { x: floats(4) })).toThrow('has shape [4] for one sample, which does not fit');
    expect(() => feed(made, {})).toThrow('The sample has no value in "x".');
  });
});

describe('createSampleFeeder: constants and states', () => {
  it('gives constants the sizes that the sample gives the same symbols', () => {
    const made = feeder(
      [input('ids', ['batch', 'length'], 'int64'), input('mask', ['batch', 'length'], 'int64')],
      [field('ids', [5], 'int64')],
      { ids: { array: 'ids' }, mask: { value: 1 } },
    );
    const ids = tensor([5], BigInt64Array.of(5n, 4n, 3n, 2n, 1n), 'int64');
    const { mask } = feed(made, { ids }).steps[0]!;
    expect(mask).toEqual({ dtype: 'int64', dims: [1, 5], data: BigInt64Array.of(1n, 1n, 1n, 1n, 1n) });
    expect(made.batchAxes).toEqual({ ids: 0, mask: 0 });
    expect(made.samplesPerRun).toBeNull();
  });

  it('refuses a sample whose inputs give one symbol two sizes', () => {
    const made = feeder([input('a', ['N', 'T']), input('b', ['N', 'T'])], [field('a', [null]), field('b', [null])], {
      a: { array: 'a' },
      b: { array: 'b' },
    });
    expect(() => feed(made, { a: floats(4), b: floats(5) })).toThrow(
      'Dimension "T" is 4 in input "a" and 5 in input "b"',
    );
  });

  it('feeds a recurrent model one step for each entry of a further leading axis', () => {
    // The interface of Silero VAD v5.
    const inputs = [input('input', [null, null]), input('state', [2, null, 128]), input('sr', [], 'int64')];
    const made = feeder(inputs, [field('sound', [4, 512]), field('y', [], 'int64')], {
      input: { array: 'sound' },
      state: { state: 'stateN' },
      sr: { value: 16000 },
    });
    expect(made.states).toEqual([
      { input: 'state', output: 'stateN', zeros: { dtype: 'float32', dims: [2, 1, 128], data: new Float32Array(256) } },
    ]);
    const { steps } = feed(made, { sound: floats(4, 512) });
    expect(steps.map((step) => step.input!.dims)).toEqual(Array.from({ length: 4 }, () => [1, 512]));
    expect(steps.map((step) => (step.input!.data as Float32Array)[0])).toEqual([0, 512, 1024, 1536]);
    expect(steps[3]!.sr).toEqual({ dtype: 'int64', dims: [], data: BigInt64Array.of(16000n) });
    expect(steps[0]).not.toHaveProperty('state');
  });

  it.each([
    ['a batch axis of the same symbol', ['N', 8], [2, 'N', 16], null],
    ['unnamed axes', [null, 8], [2, null, 16], null],
    ['no axis for the batch', ['N', 8], [2, 1, 16], 1],
    ['a batch axis beside an input that is fixed to 1', [1, 8], [2, 'N', 16], 1],
  ] as const)('batches samples only if the state has room for them: %s', (_, x, h, samplesPerRun) => {
    const made = feeder([input('x', x), input('h', h)], [field('x', [null, 8])], {
      x: { array: 'x' },
      h: { state: 'hn' },
    });
    expect(made.samplesPerRun).toBe(samplesPerRun);
    expect(made.batchAxes.h).toBe(h[1] === 1 ? undefined : 1);
    expect(made.states[0]!.zeros.dims).toEqual([2, 1, 16]);
  });

  it('makes the states of a model with a fixed batch so that samples can be stacked', () => {
    const made = feeder([input('x', [4, 8]), input('h', [2, 4, 16])], [field('x', [8])], {
      x: { array: 'x' },
      h: { state: 'hn' },
    });
    expect(made.samplesPerRun).toBe(4);
    expect(made.states[0]!.zeros.dims).toEqual([2, 1, 16]);
    expect(made.batchAxes).toEqual({ x: 0, h: 1 });
  });
});

describe('createSampleFeeder: values and labels', () => {
  const bytes = tensor([2], Uint8Array.of(0, 255), 'uint8');

  it('converts bytes to floats as they are, or rescaled in float32', () => {
    const fields = [field('x', [2], 'uint8')];
    const plain = feeder([input('x', ['N', 2])], fields, { x: { array: 'x' } });
    expect(feed(plain, { x: bytes }).steps[0]!.x!.data).toEqual(Float32Array.of(0, 255));
    const scaled = feeder([input('x', ['N', 2])], fields, { x: { array: 'x', scale: 1 / 255, offset: -0.5 } });
    const top = Math.fround(Math.fround(255 * Math.fround(1 / 255)) - 0.5);
    expect(feed(scaled, { x: bytes }).steps[0]!.x!.data).toEqual(Float32Array.of(-0.5, top));
  });

  it('reads labels from a field, from names of classes and from folders', () => {
    const x = field('x', [2]);
    const named = field('y', [], 'string', { kind: 'text', classes: ['cat', 'dog'] });
    const folder = field('folder', [], 'int64', { kind: 'class', classes: ['a', 'b'] });
    const read = (fields: DataField[], labels: DataMapping['labels'], values: Record<string, FieldValue>) => {
      const made = feeder([input('x', ['N', 2])], fields, { x: { array: 'x' } }, { labels });
      return { label: feed(made, { x: floats(2), ...values }).label, made };
    };
    const byName = read([x, named], { array: 'y' }, { y: tensor([], ['dog'], 'string') });
    expect(byName.label).toEqual(Float64Array.of(1));
    expect(byName.made.classNames).toEqual(['cat', 'dog']);
    expect(byName.made.fields).toEqual(['x', 'y']);
    const byFolder = read([x, folder], { folders: true }, { folder: tensor([], BigInt64Array.of(1n), 'int64') });
    expect(byFolder.label).toEqual(Float64Array.of(1));
    expect(() => read([x], { folders: true }, {})).toThrow('has no sub-folders to read classes from');
    expect(() => read([x, named], { array: 'y' }, { y: tensor([], ['bird'], 'string') })).toThrow(
      'The label "bird" in "y" is neither a number nor a class name.',
    );
  });
});

describe('createSampleFeeder: pictures and sounds', () => {
  const gray = imagePresets
    .find(({ id }) => id === 'none')!
    .create({ width: 3, height: 2, layout: 'NCHW', channels: 1 });
  const pixels = Uint8Array.of(0, 1, 2, 3, 4, 255);
  const picture: FieldValue = { kind: 'picture', picture: { width: 3, height: 2, channels: 1, pixels } };

  it.each([
    [['N', 1, 2, 3], 'float32', [1, 1, 2, 3], Float32Array.from(pixels)],
    [['N', 2, 3], 'float32', [1, 2, 3], Float32Array.from(pixels)],
    [['N', 6], 'float32', [1, 6], Float32Array.from(pixels)],
    [[1, 1, 2, 3], 'uint8', [1, 1, 2, 3], pixels],
    [[1, 2, 3], 'float16', [1, 2, 3], float32ToFloat16(Float32Array.from(pixels))],
  ])('feeds a picture to an input of shape %j and type %s', (shape, dtype, dims, data) => {
    const fields = [field('image', [null, null, null], 'uint8', { kind: 'picture' })];
    const made = feeder([input('x', shape, dtype)], fields, { x: { image: gray } }, { format: 'pictures' });
    expect(feed(made, { image: picture }).steps).toEqual([{ x: { dtype, dims, data } }]);
    expect(made.samplesPerRun).toBe(shape[0] === 1 ? 1 : null);
  });

  it('feeds a byte array as a picture and requires a choice between several', () => {
    const fields = [field('a', [2, 3], 'uint8'), field('b', [2, 3], 'uint8')];
    const inputs = [input('x', ['N', 1, 2, 3])];
    const made = feeder(inputs, fields, { x: { image: { ...gray, scale: 2, array: 'b' } } });
    const { x } = feed(made, { b: tensor([2, 3], pixels, 'uint8') }).steps[0]!;
    expect(x!.data).toEqual(Float32Array.of(0, 2, 4, 6, 8, 510));
    expect(() => feeder(inputs, fields, { x: { image: gray } })).toThrow(
      'data.npz has several fields that can be read as an image: "a" and "b". Name one with "array".',
    );
    expect(() => feeder(inputs, [field('a', [2, 3])], { x: { image: { ...gray, array: 'a' } } })).toThrow(
      'The field "a" of data.npz cannot be read as an image',
    );
  });

  it('feeds the first window of a sound, or every window if state carries on', () => {
    const fields = [field('sound', [null], 'float32', { kind: 'sound' })];
    const sound: FieldValue = {
      kind: 'sound',
      sound: { sampleRateHz: 8000, values: Float32Array.of(0.5, 0.25, 0.125, 0.0625, 1) },
    };
    const mapping = { x: { sound: { sampleRateHz: 8000, samples: 2 } } };
    const alone = feeder([input('x', ['N', 2])], fields, mapping, { format: 'sounds' });
    expect(feed(alone, { sound }).steps.map(({ x }) => [x!.dims, x!.data])).toEqual([
      [[1, 2], Float32Array.of(0.5, 0.25)],
    ]);
    expect(alone.samplesPerRun).toBeNull();
    const inputs = [input('x', ['N', 2]), input('h', [1, 'N', 4])];
    const recurrent = feeder(inputs, fields, { ...mapping, h: { state: 'hn' } }, { format: 'sounds' });
    expect(feed(recurrent, { sound }).steps.map(({ x }) => x!.data)).toEqual([
      Float32Array.of(0.5, 0.25),
      Float32Array.of(0.125, 0.0625),
      Float32Array.of(1, 0),
    ]);
    expect(recurrent.samplesPerRun).toBeNull();
  });
});

describe('createSampleFeeder: mappings that do not fit', () => {
  const inputs = [input('x', ['N', 2])];
  const fields = [field('x', [2]), field('pictures', [null, null, 3], 'uint8', { kind: 'picture' })];

  it('names the missing or unknown input or field', () => {
    expect(() => feeder(inputs, fields, {})).toThrow('The mapping has no entry for input "x".');
    expect(() => feeder(inputs, fields, { x: { array: 'x' }, z: { value: 1 } })).toThrow(
      'The model has no input "z". It has "x".',
    );
    expect(() => feeder(inputs, fields, { x: { array: 'q' } })).toThrow(
      'data.npz has no field "q". It has "x" and "pictures".',
    );
    expect(() => feeder(inputs, fields, { x: { array: 'pictures' } })).toThrow('Map it to "x" with "image"');
  });
});
