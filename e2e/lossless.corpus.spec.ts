/** The built worker writes more models as the engine does here. That the command line does too: lossless.spec.ts, cli/real-models.corpus.test.ts. */
import { readFileSync } from 'node:fs';
import { MemorySource } from '../src/engine/onnx/byte-source.ts';
import { decodeModel } from '../src/engine/onnx/codec/decode.ts';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode.ts';
import { writtenByWorker } from './support/built-worker.ts';
import { realModels } from './support/real-models.ts';
import { expect, test } from './support/test.ts';

test('the built worker writes models as the engine does', async ({ page }) => {
  await page.goto('./');
  for (const { file } of realModels) {
    const here = joinParts(encodeModel(decodeModel(new MemorySource(readFileSync(file)))));
    expect(Buffer.from(await writtenByWorker(page, file)).equals(here), file).toBe(true);
  }
});
