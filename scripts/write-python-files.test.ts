import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pythonFiles, pythonFilesModule } from './write-python-files.mjs';

describe('python-files.ts', () => {
  it('equals the Python programs of bundles', () => {
    // On a difference: node scripts/write-python-files.mjs
    expect(pythonFiles() === readFileSync(pythonFilesModule, 'utf8')).toBe(true);
  });
});
