/** `node scripts/write-reference.mjs`: writes the generated sections of the pages in docs/reference. */
import { writeFileSync } from 'node:fs';
import { register } from 'tsx/esm/api';
import { root } from './preparation.mjs';

register();
process.chdir(root);
const { referencePages } = await import('./reference/reference-pages.ts');
for (const { path, written, made } of await referencePages()) {
  if (written === made) continue;
  writeFileSync(path, made);
  process.stdout.write(`${path}\n`);
}
