/** Counts the words in view on each screen: see e2e/words-in-view.ts. */
import { buildIfNeeded, installIfNeeded, run, tool } from './preparation.mjs';

await installIfNeeded();
await buildIfNeeded();
try {
  await run(tool('playwright'), ['test', '--project=words-in-view']);
} catch {
  // Playwright has printed the reason.
  process.exitCode = 1;
}
