import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { kernelCode, kernelCodeFile } from './build-kernels.mjs';

it('compiles to the file that is checked in', async () => {
  // On a difference: node scripts/build-kernels.mjs
  expect((await kernelCode()) === readFileSync(kernelCodeFile, 'utf8')).toBe(true);
});
