/**
 * Models that were trained elsewhere decide for every sample as in onnxruntime for Python. The labels here are its
 * decisions, so the accuracy must be 100 %. Made by tools/golden/evaluate_outside_models.py.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Dataset } from '../../engine/data/dataset';
import { parseMapping } from '../../engine/data/mapping/mapping-schema';
import { openDataset } from '../../engine/data/open-dataset';
import { quietContext } from '../../engine/data/testing/memory-files';
import { evaluateModels } from './evaluate-models';
import { createNodeHost } from '../node/node-host';
import { createNodePictureDecoder } from '../node/node-picture-decoder';
import { PathSource } from '../node/path-source';

interface OutsideModel {
  readonly file: string;
  readonly sha256: string;
  readonly data: string;
  readonly mapping: unknown;
  readonly decisions: readonly number[];
}

const inRoot = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const fixture = (name: string) => inRoot(`src/runtime/evaluation/fixtures/${name}`);
const { models } = JSON.parse(readFileSync(fixture('outside-models.json'), 'utf8')) as { models: OutsideModel[] };

/** The first samples of an archive, with the decisions as their labels. */
async function openWithDecisions({ data, decisions }: OutsideModel): Promise<Dataset> {
  const path = data.startsWith('outside') ? fixture(data) : inRoot(`public/samples/${data}`);
  const files = [{ path: data, source: PathSource.of(path) }];
  const opened = await openDataset(files, { decoder: createNodePictureDecoder(), context: quietContext });
  const { description } = opened;
  const fields = description.fields.filter(({ name }) => name !== 'labels');
  const labels = { name: 'labels', kind: 'numbers', dtype: 'int64', shape: [] } as const;
  return {
    description: { ...description, samples: decisions.length, fields: [...fields, labels] },
    files: opened.files,
    async *read(indices, names, context) {
      const stored = names.filter((name) => name !== 'labels');
      for await (const sample of opened.read(indices, stored, context)) {
        if (!('values' in sample)) throw new Error(sample.reason);
        const label = BigInt64Array.of(BigInt(decisions[sample.index]!));
        const tensor = { dtype: 'int64', dims: [], data: label };
        yield { index: sample.index, values: { ...sample.values, labels: { kind: 'tensor', tensor } } };
      }
    },
  };
}

it.each(models)('$file', async (model) => {
  const bytes = readFileSync(inRoot(model.file));
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(model.sha256);
  expect(new Set(model.decisions).size).toBeGreaterThan(1);
  const dataset = await openWithDecisions(model);
  const [result] = await evaluateModels(
    quietContext,
    createNodeHost(),
    {
      models: [{ id: 'original', files: { model: new Blob([bytes]), name: model.file, externalData: [] } }],
      dataset,
      indices: [...model.decisions.keys()],
      mapping: parseMapping(model.mapping),
      ep: 'wasm',
      threads: 1,
      freeDimensions: {},
    },
    () => undefined,
  );
  expect(result).toMatchObject({ samples: model.decisions.length, skipped: 0 });
  const { metrics, task } = result!.accuracy!;
  expect(metrics[task.kind === 'binary' ? 'accuracy' : 'top1']?.value).toBe(1);
});
