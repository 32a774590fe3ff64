import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelFiles } from './build-kernels.mjs';

describe('kernels', () => {
  it.each(kernelFiles.map((entry) => [path.relative(process.cwd(), entry.file), entry] as const))(
    'compile to the file that is checked in: %s',
    async (_name, { file, text }) => {
      // On a difference: node scripts/build-kernels.mjs
      expect((await text()) === readFileSync(file, 'utf8')).toBe(true);
    },
  );
});
