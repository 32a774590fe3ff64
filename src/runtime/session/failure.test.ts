import { describe, expect, it } from 'vitest';
import { ParetoError } from '../../engine/errors';
import { describeFailure, describeRefusedRun } from './failure';

describe('describeFailure', () => {
  it('names a remedy for sizes that do not fit, without the names of functions', () => {
    const message =
      "failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: Non-zero status code returned while running Reshape node. Name:'r' Status Message: /build/onnxruntime/core/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const TensorShape &, TensorShapeVector &, bool) input_shape_size == requested_shape_size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{128,1,64}, requested shape:{12,4,16}";
    const sentence = describeFailure(new Error(message), 'The original', 'wasm');
    expect(sentence).toMatch(
      /^The original failed to run on WASM: It does not accept these dimensions\. Set other sizes/,
    );
    expect(sentence).toContain('--dim');
    expect(sentence).toContain('the mapping sets the number of tokens');
    expect(sentence).toContain('Input shape:{128,1,64}, requested shape:{12,4,16}.');
    expect(sentence).not.toMatch(/onnxruntime|ReshapeHelper|TensorShape/);
  });

  it('names the command that stores a runtime for pages without a connection', () => {
    const message =
      'no available backend found. ERR: [wasm] TypeError: Failed to fetch dynamically imported module: http://localhost/ort.mjs';
    expect(describeFailure(new Error(message), 'The original', 'wasm')).toContain('“Make available offline”');
  });

  const outOfRange =
    "failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: Non-zero status code returned while running Gather node. Name:'' Status Message: indices element out of data bounds, idx=99 must be within the inclusive range [-50,49]";

  it('tells an index out of range from dimensions that do not fit', () => {
    const sentence = describeFailure(new Error(outOfRange), 'tok.onnx', 'wasm');
    expect(sentence).toMatch(
      /^tok\.onnx failed to run on WASM: An input index is out of range, .* idx=99 must be within/,
    );
    expect(sentence).not.toContain('dimensions');
  });

  it('distinguishes runs with refused inputs from broken sessions', () => {
    expect(describeRefusedRun(new Error(outOfRange))).toMatch(/^An input index is out of range/);
    expect(
      describeRefusedRun(new Error('failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: bad_alloc')),
    ).toBeUndefined();
    expect(describeRefusedRun(new Error('memory access out of bounds'))).toBeUndefined();
    expect(describeRefusedRun(new ParetoError('runtime/timeout', 'No answer.'))).toBeUndefined();
  });

  it('leaves sentences of our own as they are', () => {
    const error = new ParetoError('runtime/output-type', 'Output "y" is a sequence.');
    expect(describeFailure(error, 'The variant', 'webgpu')).toBe(
      'The variant failed to run on WebGPU. Output "y" is a sequence.',
    );
  });
});
