/** Walks through the first minute of a new user: see e2e/first-minute.ts. */
import { buildIfNeeded, installIfNeeded, run, tool } from './preparation.mjs';

await installIfNeeded();
await buildIfNeeded();
try {
  await run(tool('playwright'), ['test', '--project=first-minute', '--workers=1']);
} catch {
  // Playwright has printed the reason.
  process.exitCode = 1;
}
