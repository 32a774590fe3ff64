/** Makes the model once for each layer, with that layer alone changed, and compares its outputs with the original's. */
import type { DataMatch } from '../../engine/metrics/evaluation';
import type { Candidate } from '../../engine/search/candidate';
import {
  bySensitivity,
  figuresOf,
  layersTaken,
  sensitivityRecipe,
  type LayerSensitivity,
  type Sensitivity,
  type SensitivityChoice,
} from '../../engine/search/sensitivity';
import { ParetoError } from '../../engine/errors';
import type { Recipe } from '../../engine/recipe/recipe';
import { createPercentReporter } from '../../engine/percent-reporter';
import { MadeCandidates } from './made-candidates';
import { OutputReference } from './output-reference';
import type { SearchFollower, SearchHost, SearchRequest } from './search-request';

type SensitivityRequest = Omit<SearchRequest, 'goal' | 'ep' | 'basis' | 'from'> &
  SensitivityChoice & {
    /** Absent: by KL divergence where an output is a distribution, else by SQNR. */
    readonly metric?: Sensitivity['metric'];
  };

/**
 * On 32 samples of the data, or 8 inputs that are made up. Rejects with `sensitivity/no-layers` and the reason where the technique
 * finds nothing to change, when a model does not run, and with the signal's reason once aborted.
 */
export async function measureSensitivity(
  host: SearchHost,
  request: SensitivityRequest,
  follower: Pick<SearchFollower, 'progress'>,
): Promise<Sensitivity> {
  const startedMs = performance.now();
  const { opened, original, data, threads, freeDimensions, technique } = request;
  const percent = createPercentReporter(follower.progress);
  percent('Running the original', 0);
  const reference = await OutputReference.run(host, host.sessions, original, data, { threads, freeDimensions });
  const made = new MadeCandidates(host, request);
  const compare = async (recipe: Recipe, name: string) => {
    const candidate: Candidate = { id: name, name, recipe, stage: 'planned' };
    const { optimization, files } = await made.make(host.signal, candidate, { isKept: false });
    return { optimization, match: await reference.compare(host.signal, files) };
  };
  const all = await compare(sensitivityRecipe(request), 'all');
  const layers = layersTaken(opened.inspection.nodes, all.optimization.passes);
  if (layers.length === 0) {
    const reason = all.optimization.passes[0]?.refusals[0]?.reason ?? '';
    throw new ParetoError(
      'sensitivity/no-layers',
      `${technique} changes no layer of ${original.name}. ${reason}`.trim(),
    );
  }
  const measured: LayerSensitivity[] = [];
  for (const [index, { path, name, op }] of layers.entries()) {
    percent(`Layer ${index + 1} of ${layers.length}`, 5 + (95 * index) / layers.length);
    const { match } = await compare(sensitivityRecipe(request, name === '' ? path : name), path);
    measured.push({ path, op, output: figuresOf(match) });
  }
  percent('Done', 100);
  return summaryOf(all.match, measured, request, performance.now() - startedMs);
}

function summaryOf(
  match: DataMatch,
  found: readonly LayerSensitivity[],
  { technique, bits, metric: wanted }: SensitivityRequest,
  ms: number,
): Sensitivity {
  const baseline = figuresOf(match);
  const metric = wanted ?? (baseline.kl === null ? 'sqnr' : 'kl');
  return {
    technique,
    ...(technique === 'quantize-weights' && { bits }),
    metric,
    layers: bySensitivity(found, metric),
    baseline,
    samples: match.samples,
    inputs: match.inputs,
    ms,
  };
}
