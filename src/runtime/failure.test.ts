import { describe, expect, it } from 'vitest';
import { ParetoError } from '../engine/errors';
import { describeFailure } from './failure';

describe('describeFailure', () => {
  it('says what to do about sizes that do not fit, without the names of functions', () => {
    const message =
      "failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: Non-zero status code returned while running Reshape node. Name:'r' Status Message: /build/onnxruntime/core/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const TensorShape &, TensorShapeVector &, bool) input_shape_size == requested_shape_size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{128,1,64}, requested shape:{12,4,16}";
    const sentence = describeFailure(new Error(message), 'The original', 'wasm');
    expect(sentence).toMatch(/^The original could not be run on WASM: It does not accept these dimensions\. Try other/);
    expect(sentence).toContain('--dim');
    expect(sentence).toContain('Input shape:{128,1,64}, requested shape:{12,4,16}.');
    expect(sentence).not.toMatch(/onnxruntime|ReshapeHelper|TensorShape/);
  });

  it('leaves sentences of our own as they are', () => {
    const error = new ParetoError('runtime/output-type', 'Output "y" is a sequence.');
    expect(describeFailure(error, 'The variant', 'webgpu')).toBe(
      'The variant could not be run on WebGPU. Output "y" is a sequence.',
    );
  });
});
