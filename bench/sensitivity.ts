/**
 * The five most sensitive layers of a sample with data for each technique, with their loss, and all layers together.
 *
 *     npx tsx bench/sensitivity.ts [--model fashion-cnn] [--data fashion-mnist] [--metric kl|sqnr|task]
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatDecibels, formatScientific } from '../src/engine/format';
import { describeInterval } from '../src/engine/verdict/loss';
import { describeUnit, type Sensitivity, type TogetherFigures } from '../src/engine/search/sensitivity';
import { sensitivityTechniques } from '../src/engine/search/sensitivity-techniques';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { runPareto } from './support/run-pareto';

const { values } = parseArgs({
  options: {
    ...writeOption,
    model: { type: 'string', default: 'fashion-cnn' },
    data: { type: 'string', default: 'fashion-mnist' },
    metric: { type: 'string', default: 'task' },
  },
});

const folder = fileURLToPath(new URL('../public/samples/', import.meta.url));
const mostSensitive = 5;

printHead(
  'technique',
  'layer',
  'own output',
  'outputs',
  'divergence, nats',
  'task loses (95 %)',
  'with all less sensitive',
);
for (const { title, pass, bits } of sensitivityTechniques) {
  const { layers, baseline, count } = runPareto<Sensitivity>(
    ...['sensitivity', `${folder}${values.model}.onnx`, '--data', `${folder}${values.data}-evaluation.npz`],
    ...['--calibration-data', `${folder}${values.data}-calibration.npz`, '--metric', values.metric],
    ...['--technique', pass, ...(bits === undefined ? [] : ['--bits', String(bits)])],
  );
  for (const [index, layer] of layers.slice(0, mostSensitive).entries()) {
    const { local, output, task, accumulated } = layer;
    printRow(
      ...[index === 0 ? title : '', describeUnit(layer, '`')],
      local.sqnrDb === null ? '–' : formatDecibels(local.sqnrDb),
      ...figures({ ...output, ...(task && { task }) }),
      accumulated === undefined ? '–' : figures(accumulated).slice(0, 2).join(', '),
    );
  }
  printRow('', `all ${count}`, '', ...figures(baseline), '');
}

if (values.write) await writeResults('sensitivity');

function figures({ sqnrDb, kl, task }: TogetherFigures): readonly string[] {
  return [
    sqnrDb === null ? '–' : formatDecibels(sqnrDb),
    kl === null ? '–' : formatScientific(kl),
    ...(task === undefined ? [] : [describeInterval({ of: task.of, value: task.drop, interval: task.interval })]),
  ];
}
