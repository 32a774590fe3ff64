/** `node scripts/write-public-surface.mjs`: records the public surface of the library, which a test compares with the sources. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { surfaceText } from './package/public-surface.mjs';
import { root } from './preparation.mjs';

writeFileSync(path.join(root, 'library', 'public-surface.txt'), surfaceText());
