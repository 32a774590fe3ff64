import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = new URL('../public/samples/', import.meta.url);
const { samples } = JSON.parse(readFileSync(new URL('samples.json', folder), 'utf8')) as {
  samples: { id: string; description: string; file: string; sizeBytes: number; sha256: string; licence: string }[];
};

describe('sample models', () => {
  it.each(samples)('$id is the file that its entry describes', ({ file, sizeBytes, sha256 }) => {
    const bytes = readFileSync(new URL(file, folder));
    expect(bytes.length).toBe(sizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  it('lists every model that is shipped, and each stands in the notice', () => {
    const shipped = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.onnx'));
    const notice = readFileSync(new URL('NOTICE.md', folder), 'utf8');
    expect(samples.map((sample) => sample.file).sort()).toEqual(shipped.sort());
    for (const file of shipped) expect(notice).toContain(`\`${file}\``);
  });

  it('has the text of every licence it names', () => {
    const licences = new Set(samples.map((sample) => sample.licence));
    for (const licence of licences) {
      expect(readFileSync(new URL(`licences/${licence}.txt`, folder), 'utf8')).toContain('Apache License');
    }
  });

  it('stays small enough to clone', () => {
    expect(samples.reduce((sum, sample) => sum + sample.sizeBytes, 0)).toBeLessThanOrEqual(17_000_000);
  });
});
