import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesAbove, initialFiles } from './check-bundle.mjs';

describe('initial files', () => {
  const manifest = {
    'index.html': {
      file: 'assets/index.js',
      css: ['assets/index.css'],
      imports: ['_a.js'],
      dynamicImports: ['late.ts'],
    },
    '_a.js': { file: 'assets/a.js', css: ['assets/a.css'], imports: ['_b.js'] },
    '_b.js': { file: 'assets/b.js', imports: ['_a.js'] },
    'late.ts': { file: 'assets/late.js', css: ['assets/late.css'], imports: ['_b.js'] },
  };

  it('follows static imports, also in a cycle, and omits files loaded later', () => {
    const { scripts, styles } = initialFiles(manifest, 'index.html');
    expect(scripts.toSorted()).toEqual(['assets/a.js', 'assets/b.js', 'assets/index.js']);
    expect(styles.toSorted()).toEqual(['assets/a.css', 'assets/index.css']);
  });

  it('says when the manifest lacks a chunk', () => {
    expect(() => initialFiles(manifest, 'main.html')).toThrow('main.html');
  });
});

describe('files above the limit of a host', () => {
  it('names those in folders, and none of exactly the limit', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pareto-bundle-'));
    try {
      mkdirSync(path.join(folder, 'assets'));
      writeFileSync(path.join(folder, 'assets', 'large.wasm'), Buffer.alloc(101));
      writeFileSync(path.join(folder, 'index.html'), Buffer.alloc(100));
      expect(filesAbove(folder, 100)).toEqual([{ file: path.join('assets', 'large.wasm'), sizeBytes: 101 }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
