/** `npm run screenshots`: see e2e/screenshots.ts. */
import { buildIfNeeded, installIfNeeded, run, tool } from './preparation.mjs';

await installIfNeeded();
await buildIfNeeded();
await run(tool('playwright'), ['test', '--project=screenshots']);
