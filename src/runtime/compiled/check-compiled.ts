/** Compares a compiled model with the original. */
import type { CompiledModel } from '../../engine/compile/compile-model';
import type { ModuleCheck } from '../../engine/compile/describe-check';
import { withExactSigmoids } from '../../engine/compile/exact-sigmoids';
import type { Feeds } from '../../engine/data/feeds';
import { sqnrCapDb } from '../../engine/format';
import { OutputComparison } from '../../engine/metrics/output-match';
import type { Model } from '../../engine/onnx/graph';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import { openCompiled } from './compiled-instance';

export interface Checked {
  /** The smaller SQNR in dB of all builds that this engine runs, over all samples. */
  readonly sqnrDb: number;
  readonly against: ModuleCheck['checkedOn']['against'];
  /** False: the module differs by more than rounding. */
  readonly isExact: boolean;
  /** True: it differs by more than rounding integers explains. */
  readonly isWrong: boolean;
}

/** Float modules that are further from the original have a defect, unless the inputs magnify every rounding. */
const leastSqnrDb = 100;
/** Every layer rounds. A module may err ten times as much as one rounding of the inputs makes. */
const roundingDb = 20;
/** Inputs that rounding disturbs more than this prove nothing about a module. */
const leastMagnifiedDb = 60;

/**
 * Integers round away from ties by chance, which moves an output by steps of its scale, and later layers carry that on. A module of such
 * a model whose errors exceed a tenth of its outputs is wrong, unless rounding the inputs once disturbs the model nearly as much.
 */
const leastOfIntegersDb = 20;

/** Takes a second look where the SQNR is low, because the runtime may be what is further from the model. */
export async function checkCompiled(
  original: Model,
  compiled: CompiledModel,
  samples: readonly Feeds[],
  host: RecipeHost,
): Promise<Checked> {
  const runnable = [...compiled.modules].filter(([, bytes]) => WebAssembly.validate(bytes));
  const instances = await Promise.all(runnable.map(([build]) => openCompiled(compiled, build)));
  const outputs = instances.map((instance) => samples.map((feeds) => instance.run(feeds)));
  const worst = (reference: readonly Feeds[]) => Math.min(...outputs.map((each) => sqnrOf(reference, each)));
  const sqnrDb = worst(await runAll(original, samples, host));
  if (sqnrDb >= leastSqnrDb) return { sqnrDb, against: 'runtime', isExact: true, isWrong: false };
  const exact = withExactSigmoids(original);
  const reference = await runAll(exact, samples, host);
  const magnified = sqnrOf(reference, await runAll(exact, samples.map(roundedOnce), host));
  const secondDb = worst(reference);
  const least = Math.max(leastMagnifiedDb, Math.min(leastSqnrDb, magnified - roundingDb));
  const isWrong = Math.max(sqnrDb, secondDb) < Math.min(leastOfIntegersDb, magnified - roundingDb);
  if (secondDb < least && secondDb <= sqnrDb) return { sqnrDb, against: 'runtime', isExact: false, isWrong };
  return { sqnrDb: secondDb, against: 'exact-sigmoids', isExact: secondDb >= least, isWrong };
}

async function runAll(model: Model, samples: readonly Feeds[], host: RecipeHost): Promise<readonly Feeds[]> {
  const session = await host.inference!.open(host.signal, model);
  try {
    const outputs: Feeds[] = [];
    for (const feeds of samples) {
      await host.checkpoint();
      outputs.push(await session.run(feeds));
    }
    return outputs;
  } finally {
    session.close();
  }
}

function sqnrOf(expected: readonly Feeds[], found: readonly Feeds[]): number {
  const comparison = new OutputComparison();
  for (const [index, outputs] of expected.entries()) comparison.add(outputs, found[index]!);
  return comparison.result('synthetic').sqnrDb ?? sqnrCapDb;
}

/** The inputs, each number moved by the spacing of float32 numbers. */
function roundedOnce(feeds: Feeds): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => {
      if (!(feed.data instanceof Float32Array)) return [name, feed];
      const data = feed.data.map((number, at) => number * (1 + (at % 2 === 0 ? 1 : -1) * 2 ** -23));
      return [name, { ...feed, data }];
    }),
  );
}
