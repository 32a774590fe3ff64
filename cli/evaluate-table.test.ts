/** Tables whose label nobody can guess, as people evaluate them, with mappings and recipes that list columns. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataType } from '../src/engine/onnx/data-type';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import { createTensor } from '../src/engine/onnx/tensor';
import { graph, model, node, valueInfo } from '../src/engine/onnx/testing/build';
import { runHere } from './testing/run-here';

const root = fileURLToPath(new URL('..', import.meta.url));
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-table-'));
  writeFileSync(join(folder, 'linear.onnx'), linearModel());
  const rows = Array.from({ length: 20 }, (_, at) => [at / 4, at % 7, 2 * (at / 4) - (at % 7)].join(','));
  writeFileSync(join(folder, 'homes.csv'), `rooms,area,price\n${rows.join('\n')}\n`);
  // The label comes first, the columns in another order, and one that the model does not take.
  const mixed = rows.map((row, at) => [...row.split(',').toReversed(), at * 3 + 0.5].join(','));
  writeFileSync(join(folder, 'mixed.csv'), `price,area,rooms,noise\n${mixed.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** y = 2 rooms − area. */
function linearModel(): Uint8Array {
  const weights = createTensor({ name: 'w', dataType: DataType.float32, dims: [2, 1], bytes: Float32Array.of(2, -1) });
  const main = graph({
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    initializers: [weights],
    inputs: [valueInfo('x', ['N', 2])],
    outputs: [valueInfo('y', ['N', 1])],
  });
  return joinParts(encodeModel(model(main)));
}

const pareto = (...given: readonly string[]) => runHere(folder, ...given);

interface Evaluated {
  readonly task: string;
  readonly samples: number;
  readonly metrics: Record<string, { value: number }>;
  readonly mapping: object;
}

async function evaluate(...given: readonly string[]): Promise<Evaluated> {
  return await evaluateModel('linear.onnx', ...given);
}

async function evaluateModel(...given: readonly string[]): Promise<Evaluated> {
  const { stdout, stderr } = await pareto('evaluate', ...given, '--json');
  expect(stderr).not.toMatch(/does not fit/);
  return JSON.parse(stdout) as Evaluated;
}

const listed = { inputs: { x: { array: ['rooms', 'area'] } }, labels: { array: 'price' } };

describe('a table whose label has a name that tells nothing', () => {
  it('is mapped from the inputs of the model', async () => {
    const { mapping, metrics, samples } = await evaluate('--data', 'homes.csv');
    expect(mapping).toMatchObject({ inputs: { x: { array: 'features' } }, labels: { array: 'price' } });
    expect(samples).toBe(20);
    expect(metrics['mae']?.value).toBe(0);
  });

  it('is mapped by a file that lists the columns, wherever they stand', async () => {
    writeFileSync(join(folder, 'mapping.json'), JSON.stringify(listed));
    const { mapping, metrics } = await evaluate('--data', 'mixed.csv', '--mapping', 'mapping.json');
    expect(mapping).toMatchObject(listed);
    expect(metrics['mae']?.value).toBe(0);
    const swapped = { ...listed, inputs: { x: { array: ['area', 'rooms'] } } };
    writeFileSync(join(folder, 'swapped.json'), JSON.stringify(swapped));
    const wrong = await evaluate('--data', 'mixed.csv', '--mapping', 'swapped.json');
    expect(wrong.metrics['mae']?.value).toBeGreaterThan(1);
  });

  it('is mapped by a recipe in the same way', async () => {
    const data = { mapping: listed, split: { seed: 0, calibration: 0, evaluation: null } };
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify({ version: 1, seed: 0, steps: [], data }));
    const { mapping, metrics } = await evaluate('--data', 'mixed.csv', '--recipe', 'recipe.json');
    expect(mapping).toMatchObject(listed);
    expect(metrics['mae']?.value).toBe(0);
  });

  it('is refused if the mapping names a missing column or feeds the label', async () => {
    const refusal = async (array: readonly string[]) => {
      writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ ...listed, inputs: { x: { array } } }));
      return (await pareto('evaluate', 'linear.onnx', '--data', 'homes.csv', '--mapping', 'wrong.json')).stderr;
    };
    expect(await refusal(['rooms', 'flor'])).toContain(
      'homes.csv has no field "flor". It has "rooms", "area", "price"',
    );
    expect(await refusal(['rooms', 'price'])).toContain('"price" is the label but also feeds input "x"');
    expect(await refusal([])).toContain('a list of 1 to 16384 different columns');
  });
});

describe('models that scikit-learn exported', () => {
  const made = (name: string): string => join(root, 'cli/fixtures/scikit', name);
  const cases = JSON.parse(readFileSync(made('cases.json'), 'utf8')) as {
    readonly model: string;
    readonly correct: number;
    readonly total: number;
  }[];

  it.each(cases)('$model answers right as often as in Python, on texts of a table and of arrays', async (golden) => {
    for (const data of ['iris.csv', 'iris.npz']) {
      const { metrics, samples } = await evaluateModel(made(golden.model), '--data', made(data));
      expect(samples).toBe(golden.total);
      expect(metrics['top1']?.value).toBe(golden.correct / golden.total);
    }
  });

  it('that answer with names are compared with labels that are numbers once the classes are listed', async () => {
    const numbers = readFileSync(made('iris.csv'), 'utf8').replace(/setosa|versicolor|virginica/g, (name) =>
      String(['setosa', 'versicolor', 'virginica'].indexOf(name)),
    );
    writeFileSync(join(folder, 'numbers.csv'), numbers);
    const names = made('iris-names-map.onnx');
    const refused = await pareto('evaluate', names, '--data', 'numbers.csv');
    expect(refused.stderr).toMatch(/contains class names, but the labels are numbers.*List the names/);
    const compared = await evaluateModel(names, '--data', 'numbers.csv', '--classes', 'setosa,versicolor,virginica');
    const { correct, total } = cases.find(({ model: name }) => name === 'iris-names-map.onnx')!;
    expect(compared.metrics['top1']?.value).toBe(correct / total);
  });
});
