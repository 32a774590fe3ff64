/** `evaluate` and `check` of detectors: by labeled boxes, and by the boxes of the original. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { detectorModel, makeLabeledPictures } from './testing/detector';
import { runHere } from './testing/run-here';

let folder = '';
const inFolder = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-boxes-'));
  for (const [name, factor] of [
    ['detector', 1],
    ['fading', 0.05],
    ['blind', 0],
  ] as const) {
    writeFileSync(inFolder(`${name}.onnx`), detectorModel(factor));
  }
  makeLabeledPictures(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface EvaluatedBoxes {
  readonly samples: number;
  readonly task: unknown;
  readonly metrics: Record<string, { value: number }>;
  readonly warnings: readonly { code: string }[];
  readonly against: { readonly difference?: { metric: string; value: number; interval: readonly number[] } };
  readonly outputMatch: { readonly perOutput: readonly { kind: string; boxAgreement?: { value: number } }[] };
}

async function evaluate(given: readonly string[], warning = ''): Promise<EvaluatedBoxes> {
  const { status, stdout, stderr } = await runHere(folder, 'evaluate', ...given, '--json');
  expect({ status, stderr: stderr.split('. ')[0] }).toEqual({ status: 0, stderr: warning });
  return JSON.parse(stdout) as EvaluatedBoxes;
}

const model = (name: string) => inFolder(`${name}.onnx`);

it.each(['coco', 'yolo'])('finds mAP by the labels of %s, without a mapping', async (labels) => {
  const blind = await evaluate(
    [model('blind'), '--against', model('detector'), '--data', inFolder(labels)],
    'Almost no box of the model matches a labeled one',
  );
  expect(blind).toMatchObject({
    samples: 6,
    task: { kind: 'detection', output: 'output0' },
    metrics: { map: { value: 0 }, map50: { value: 0 } },
    against: {
      metrics: { map: { value: 1 }, map50: { value: 1 } },
      difference: { metric: 'map', value: -1 },
    },
  });
  expect(blind.against.difference!.interval[1]).toBeLessThan(-0.99);
});

it('tells a detector whose scores fade from one whose boxes stay, with labels and without', async () => {
  const { stdout } = await runHere(
    folder,
    'evaluate',
    model('fading'),
    '--against',
    model('detector'),
    '--data',
    inFolder('coco'),
  );
  // The order of scores stays, so mAP does.
  expect(stdout).toMatch(/mAP@50 +100\.0\s%/);
  expect(stdout).toMatch(/boxes \(columns of 4 box numbers and 3 class scores\)/);
  expect(stdout).toMatch(/same boxes/);
  const fading = await evaluate([model('fading'), '--against', model('detector'), '--data', inFolder('yolo/images')]);
  expect(fading.outputMatch.perOutput).toMatchObject([{ kind: 'boxes', boxAgreement: { value: 0 } }]);
  const same = await evaluate([model('detector'), '--against', model('detector'), '--data', inFolder('yolo/images')]);
  expect(same.outputMatch.perOutput).toMatchObject([{ kind: 'boxes', boxAgreement: { value: 1 } }]);
});

it('holds a detector to the boxes that it loses', async () => {
  writeFileSync(inFolder('budget.json'), '{"accuracyLoss": 0.1}');
  const check = (variant: string) =>
    runHere(
      folder,
      ...['check', model('detector'), model(variant), '--budget', inFolder('budget.json')],
      ...['--data', inFolder('yolo/images'), '--json'],
    );
  expect((await check('detector')).status).toBe(0);
  const { status, stderr } = await check('fading');
  expect(status).toBe(1);
  expect(stderr).toMatch(/accuracyLoss \(100\s% of the boxes lost/);
});
