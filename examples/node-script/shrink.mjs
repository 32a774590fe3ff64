// node shrink.mjs <model> [<output>]
import { readFile, writeFile } from 'node:fs/promises';
import { diff, inspect, isParetoError, optimize } from 'pareto-onnx/node';

const [path, output = 'smaller.onnx'] = process.argv.slice(2);
if (path === undefined) throw new Error('Name a model: node shrink.mjs model.onnx');
try {
  const original = await readFile(path);
  const { parameters, nodes } = await inspect(original);
  console.log(`${path}: ${parameters} parameters, ${nodes.length} nodes`);

  const { model, report } = await optimize(original, {
    goal: 'smaller',
    signal: AbortSignal.timeout(600_000),
    onProgress: ({ stage, done, total }) => process.stderr.write(`\r${stage} ${done}/${total}\u001b[K`),
  });
  await writeFile(output, model);

  const { same, changed } = await diff(original, model);
  process.stderr.write('\n');
  console.log(`${output}: ${report.sizeBytes.original} → ${report.sizeBytes.variant} bytes`);
  console.log(
    `Passes: ${report.passes.map(({ id }) => id).join(', ')}. Nodes: ${same} same, ${changed.length} changed.`,
  );
} catch (error) {
  // Names what is wrong and says what to do.
  if (!isParetoError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
