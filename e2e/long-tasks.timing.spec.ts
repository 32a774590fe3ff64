import { longTasksMs } from './support/long-tasks.ts';
import { expectSameOutputs } from './support/outputs.ts';
import { sample } from './support/samples.ts';
import { choosePreset, downloadVariant, openSample, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test.use({ serviceWorkers: 'allow' });

/** Heavy enough that a page which did the work itself would stall; too heavy for a GPU that the processor plays. */
const recognizer = sample('ppocr-recognizer');

test('a large sample is quantized without keeping the page from answering, and its outputs stay', async ({ page }) => {
  await openSample(page, recognizer.id);
  await choosePreset(page, 'int8-dynamic');
  expect(await longTasksMs(page, () => runRecipe(page))).toEqual([]);

  const downloaded = await downloadVariant(page);
  expect(downloaded.name).toBe('ch_PP-OCRv4_rec_infer_quantized.onnx');
  expect(downloaded.bytes.length).toBeLessThan(recognizer.sizeBytes * 0.75);
  // That the command line writes the same bytes is part of the test of downloads.
  await expectSameOutputs(recognizer.path, downloaded.bytes, 'x', [1, 3, 48, 64]);
});
