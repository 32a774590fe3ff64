import { describe, expect, it } from 'vitest';
import type { InspectedValue } from './inspection';
import { describeInterfaceDifference, type ModelInterface } from './describe-interface-difference';

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
  return { file: { name, sizeBytes: 1, sha256: '' }, inputs, outputs };
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
  ])('names what differs', (inputs, outputs, reason) => {
    const other = interfaceOf('b.onnx', inputs, outputs ?? [value('y')]);
    expect(describeInterfaceDifference(original, other)).toBe(`b.onnx cannot be compared with a.onnx: ${reason}`);
  });
});
