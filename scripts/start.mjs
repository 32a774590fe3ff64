/** `npm start`: from a fresh clone to the running application. */
import { buildIfNeeded, installIfNeeded } from './preparation.mjs';
import { serveBuild } from './serve.mjs';

try {
  await installIfNeeded();
  await buildIfNeeded();
  const { address } = await serveBuild();
  console.log(`\n  Pareto is at ${address}\n  Ctrl+C stops it.\n`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
