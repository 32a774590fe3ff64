import { describe, expect, it } from 'vitest';
import type { InspectedValue } from './inspection';
import {
  describeBrokenInterface,
  describeInterfaceDifference,
  describeOutputNames,
  outputsByOrder,
  withOutputNames,
  type ModelInterface,
} from './describe-interface-difference';

const value = (name: string, shape: InspectedValue['shape'] = ['n', 3], dtype = 'float32'): InspectedValue => ({
  name,
  dtype,
  shape,
});

function interfaceOf(
  name: string,
  inputs: readonly InspectedValue[],
  outputs: readonly InspectedValue[] = [value('y')],
): ModelInterface {
  return { file: { name }, inputs, outputs };
}

const original = interfaceOf('a.onnx', [value('x'), value('mask', [1, null], 'int64')]);

describe('the difference between two interfaces', () => {
  it('is none for the same names in another order, with sizes that fit', () => {
    const other = interfaceOf('b.onnx', [value('mask', ['m', 8], 'int64'), value('x', [4, 3])], [value('y', null)]);
    expect(describeInterfaceDifference(original, other)).toBeUndefined();
  });

  it.each([
    [[value('x')], undefined, 'it has no input “mask”.'],
    [
      [value('x'), value('attention', [1, null], 'int64')],
      undefined,
      'it has no input “mask”, but one named “attention”.',
    ],
    [[...original.inputs, value('extra')], undefined, 'it has one more input, “extra”.'],
    [[value('x', ['n', 3], 'float16'), original.inputs[1]!], undefined, 'its input “x” is float16, not float32.'],
    [[value('x', ['n', 4]), original.inputs[1]!], undefined, 'its input “x” has the shape n × 4, not n × 3.'],
    [[value('x', [3]), original.inputs[1]!], undefined, 'its input “x” has the shape 3, not n × 3.'],
    [original.inputs, [value('z')], 'it has no output “y”, but one named “z”.'],
    [original.inputs, [value('y'), value('z')], 'it has one more output, “z”.'],
  ])('names the difference', (inputs, outputs, reason) => {
    const other = interfaceOf('b.onnx', inputs, outputs ?? [value('y')]);
    expect(describeInterfaceDifference(original, other)).toBe(`b.onnx cannot be compared with a.onnx: ${reason}`);
  });
});

describe('outputs with other names', () => {
  const [scores, boxes] = [value('scores', ['n', 10]), value('boxes', ['n', 4])];
  const outputsOf = (...outputs: InspectedValue[]) => interfaceOf('b.onnx', original.inputs, outputs);

  it('are matched by their order, beside those whose names agree', () => {
    const expected = outputsOf(scores, boxes, value('y'));
    const other = outputsOf(value('y'), value('24', [1, 10]), value('16', ['m', 4]));
    const names = outputsByOrder(expected, other);
    expect(names).toEqual(
      new Map([
        ['24', 'scores'],
        ['16', 'boxes'],
      ]),
    );
    expect(describeInterfaceDifference(expected, withOutputNames(other, names))).toBeUndefined();
    expect(describeOutputNames('b.onnx', names!)).toBe(
      'Outputs of b.onnx have other names. They are matched by order and shape: “24” is “scores” and “16” is “boxes”.',
    );
  });

  it.each([
    ['none is missing', [scores, boxes]],
    ['shapes differ', [value('24', [1, 4]), value('16', [1, 10])]],
    ['types differ', [value('24', [1, 10], 'int64'), boxes]],
    ['their number differs', [value('24', [1, 10]), boxes, value('y')]],
  ])('keep their names if %s', (_, outputs) => {
    expect(outputsByOrder(outputsOf(scores, boxes), outputsOf(...outputs))).toBeUndefined();
  });
});

describe('the interface of a variant whose neighbors stay', () => {
  it('fits with other symbols and with shapes of outputs that are known better', () => {
    const variant = interfaceOf('b.onnx', [value('x', ['m', 3]), original.inputs[1]!], [value('y', ['m', 3])]);
    expect(describeBrokenInterface(original, variant, [])).toBeUndefined();
  });

  it.each([
    [[value('x', [1, 3]), original.inputs[1]!], 'its input “x” has lost a free size.'],
    [[value('x', ['n', 3], 'float16'), original.inputs[1]!], 'its input “x” is float16, not float32.'],
    [[value('x')], 'it has no input “mask”.'],
  ])('does not fit if a neighbor feeds something else', (inputs, reason) => {
    expect(describeBrokenInterface(original, interfaceOf('b.onnx', inputs), [])).toBe(reason);
  });
});

describe('a cache in float16', () => {
  const decoder = (dtype: string, logits = 'float32'): ModelInterface =>
    interfaceOf(
      `${dtype}.onnx`,
      [value('input_ids', ['b', 't'], 'int64'), value('past.0.key', ['b', 4, 'past', 8], dtype)],
      [value('logits', ['b', 't', 9], logits), value('present.0.key', ['b', 4, 'total', 8], dtype)],
    );

  it('fits a float32 one, because the decoder continues it by itself', () => {
    expect(describeInterfaceDifference(decoder('float32'), decoder('float16'))).toBeUndefined();
    const sized = ({ inputs, outputs }: ModelInterface): ModelInterface => {
      const fix = (values: readonly InspectedValue[], past: number): readonly InspectedValue[] =>
        values.map((each) => ({
          ...each,
          shape: each.shape!.map((size) => (typeof size === 'number' ? size : size === 'b' ? 1 : past)),
        }));
      return interfaceOf('sized.onnx', fix(inputs, 0), fix(outputs, 128));
    };
    expect(describeInterfaceDifference(sized(decoder('float32')), sized(decoder('float16')))).toBeUndefined();
    expect(describeInterfaceDifference(decoder('float32'), decoder('float16', 'float16'))).toMatch(
      /“logits” is float16/,
    );
    const encoder = interfaceOf('encoder.onnx', [value('x')], [value('states')]);
    expect(describeBrokenInterface(decoder('float32'), decoder('float16'), [encoder])).toBeUndefined();
  });

  it('does not fit if another part fills it', () => {
    const first = interfaceOf('first.onnx', [value('x')], [value('present.0.key', ['b', 4, 'total', 8])]);
    expect(describeBrokenInterface(decoder('float32'), decoder('float16'), [first])).toBe(
      'its output “present.0.key” is float16, not float32.',
    );
  });
});
