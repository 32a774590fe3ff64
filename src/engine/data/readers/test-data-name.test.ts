import { describe, expect, it } from 'vitest';
import { isTestDataName } from './test-data-name';

describe('isTestDataName', () => {
  it('knows the names that ONNX gives', () => {
    const names = ['test_data_set_0/input_0.pb', 'output_12.pb', 'x_input_0.pb', 'input.pb'];
    expect(names.map(isTestDataName)).toEqual([true, true, false, false]);
  });
});
