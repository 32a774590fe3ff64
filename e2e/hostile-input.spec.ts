import { readFile } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import { sample } from './support/samples.ts';
import { expectOpen, openFile } from './support/steps.ts';
import { expect, test } from './support/test.ts';

function linkOf(text: string, version = 1): string {
  return `./#r=${version}.${deflateRawSync(Buffer.from(text)).toString('base64url')}`;
}

const links: readonly (readonly [title: string, link: string])[] = [
  ['cut off', linkOf('{"version":1}').slice(0, -4)],
  ['not base64', './#r=1.%%%'],
  ['empty', './#r='],
  ['not JSON', linkOf('not json')],
  ['not a report', linkOf('{"version":1,"cells":"<img src=x onerror=alert(1)>"}')],
  ['from a later version', linkOf('{"version":99}', 99)],
  ['unpacking to far too much', linkOf(' '.repeat(64_000_000))],
];

test('links that are no reports get a sentence each', async ({ page }) => {
  for (const [title, link] of links) {
    await test.step(title, async () => {
      await page.goto('about:blank');
      await page.goto(link);
      const main = page.getByRole('main');
      await expect(main.getByText(/report|link/i).first()).toBeVisible();
      await expect(main).toContainText(/damaged|newer Pareto|longer than|too large|not opened|incomplete/i);
      await expect(main).not.toContainText(/undefined|Error:|at \w+ \(/);
    });
  }
});

test('files that are no model get a sentence, and the open model stays open', async ({ page }) => {
  const model = sample('blazeface-front');
  const bytes = await readFile(model.path);
  const bad = [
    { name: 'empty.onnx', buffer: Buffer.alloc(0) },
    { name: 'cut.onnx', buffer: bytes.subarray(0, 200_000) },
    { name: 'random.onnx', buffer: Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 251)) },
    { name: 'archive.onnx', buffer: Buffer.from('PK\u0003\u0004 something') },
    { name: 'model.gguf', buffer: Buffer.from('GGUF\u0003\u0000\u0000\u0000') },
  ];
  await page.goto('./');
  for (const { name, buffer } of bad) {
    await openFile(page, { name, buffer });
    await expect(page.getByRole('main')).toContainText(`${name} could not be opened.`);
    await expect(page.getByRole('main')).not.toContainText(/undefined|Error:|at \w+ \(/);
  }
  await openFile(page, model.path);
  await expectOpen(page, model.file);
  await openFile(page, { name: 'empty.onnx', buffer: Buffer.alloc(0) });
  await expect(page.getByText(/empty\.onnx/).first()).toBeVisible();
  await expect(page.getByTestId('headline')).toContainText(model.file);
});
