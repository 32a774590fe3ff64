import path from 'node:path';
import { hurryClockOfBenchmarks } from './support/clock.ts';
import { realModels } from './support/real-models.ts';
import {
  choosePreset,
  copyLink,
  expectOpen,
  measureVariants,
  openFile,
  reportOfLink,
  runRecipe,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';

for (const { file, quantized } of realModels) {
  const outcome = quantized ? 'is quantized, runs and matches' : 'is left as it is with reasons, runs and matches';
  test(`${path.basename(file)} ${outcome}`, async ({ page }) => {
    await hurryClockOfBenchmarks(page, 4);
    await page.goto('./');
    await openFile(page, path.resolve(file));
    await expectOpen(page, path.basename(file));
    await choosePreset(page, 'int8-dynamic');
    await runRecipe(page);
    await measureVariants(page);

    const report = await reportOfLink(await copyLink(page));
    expect(report.failures).toEqual([]);
    const [variant] = report.variants;
    const [pass] = variant?.passes ?? [];
    expect((pass?.changeCount ?? 0) > 0).toBe(quantized);
    expect(pass?.refusals.every(({ reason }) => reason.length > 20)).toBe(true);
    if (!quantized) expect(pass?.refusalCount).toBeGreaterThan(0);
    const measured = [{ variant: variant?.id, ep: 'wasm' }];
    expect(report.cells).toMatchObject(measured);
    expect(report.cells[0]!.outputMatch.valid).toBe(true);
    expect(report.cells[0]!.outputMatch.sqnrDb).toBeGreaterThan(20);
    // Only of variants that the original took turns with.
    expect(report.comparisons).toMatchObject(measured);
  });
}
