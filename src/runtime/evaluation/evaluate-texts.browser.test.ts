/** Texts with their tokenizer in a browser: as often right as Python with its own tokens. */
import { expect, it } from 'vitest';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { openDataset } from '../../engine/data/open-dataset';
import { memoryFile, quietContext } from '../../engine/data/testing/memory-files';
import { createBrowserPictureDecoder } from '../data/browser-picture-decoder';
import { createBrowserHost } from '../session/browser-host';
import { evaluateModels } from './evaluate-models';

const urls = import.meta.glob<string>('../../../cli/fixtures/texts/*', {
  query: '?url',
  import: 'default',
  eager: true,
});

async function fetched(name: string): Promise<Blob> {
  return (await fetch(urls[`../../../cli/fixtures/texts/${name}`]!)).blob();
}

it('on wasm, with the mapping that is suggested', async () => {
  const golden = JSON.parse(await (await fetched('cases.json')).text()) as {
    readonly correct: number;
    readonly total: number;
  };
  const files = await Promise.all(
    ['reviews.csv', 'tokenizer.json'].map(async (name) =>
      memoryFile(name, new Uint8Array(await (await fetched(name)).arrayBuffer())),
    ),
  );
  const dataset = await openDataset(files, { decoder: createBrowserPictureDecoder(), context: quietContext });
  const tokens = ['batch', 'sequence'];
  const inputs = ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => ({
    name,
    dtype: 'int64',
    shape: tokens,
  }));
  const outputs = [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }];
  const { mapping } = suggestMapping(dataset.description, { inputs, outputs });
  const model = { model: await fetched('model.onnx'), name: 'model.onnx', externalData: [] };
  const [evaluation] = await evaluateModels(
    quietContext,
    createBrowserHost(),
    {
      models: [{ id: 'original', files: model }],
      dataset,
      indices: Array.from({ length: dataset.description.samples }, (_, index) => index),
      mapping,
      ep: 'wasm',
      threads: 1,
      freeDimensions: {},
    },
    () => undefined,
  );
  expect(evaluation).toMatchObject({ samples: golden.total, skipped: 0 });
  expect(evaluation?.accuracy?.metrics.top1?.value).toBe(golden.correct / golden.total);
});
