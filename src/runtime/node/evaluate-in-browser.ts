import { isListedFolder } from '../../engine/data/readers/listed-folder';
import { valueOf, type Outcome } from '../../engine/errors';
import type { Evaluation } from '../../engine/metrics/evaluation';
import type { Progress } from '../../engine/progress';
import type { EvaluateRequest } from '../jobs/data-calls';
import { chooseModel, withBenchPage, type ModelOnDisk } from './browser-driver';

/** The function of the page, see src/app/bench-page.ts: this code may not import from the app. */
type PageEvaluation = (request: unknown) => Promise<Outcome<readonly Evaluation[]>>;

/** A data file on the disk, and what it is called in the data set: an empty folder ends with a slash. */
export interface DataFileOnDisk {
  readonly path: string;
  readonly diskPath: string;
}

export interface BrowserEvaluationRequest extends Omit<EvaluateRequest, 'models'> {
  /** The original first; at most one variant. */
  readonly models: readonly (ModelOnDisk & { readonly id: string })[];
  readonly data: readonly DataFileOnDisk[];
}

const modelInputs = ['#original', '#variant'];

/**
 * Evaluates in the data worker of the built app; the browser reads models and data from the disk. Throws what `evaluateModels`
 * throws, and `browser/…` when the app is not built or the browser does not start.
 */
export function evaluateInBrowser(
  signal: AbortSignal,
  { models, data, ...rest }: BrowserEvaluationRequest,
  onProgress: (progress: Progress) => void,
): Promise<readonly Evaluation[]> {
  const listener = { name: 'paretoEvaluationProgress', listen: onProgress };
  return withBenchPage(signal, 'paretoEvaluate', listener, async (page) => {
    const chosen = [];
    for (const [index, model] of models.entries()) {
      chosen.push({ ...(await chooseModel(page, modelInputs[index]!, model)), id: model.id });
    }
    await page.setInputFiles(
      '#data',
      data.filter((file) => !isListedFolder(file)).map(({ diskPath }) => diskPath),
    );
    const outcome = await page.evaluate(
      (given) => (window as unknown as { paretoEvaluate: PageEvaluation }).paretoEvaluate(given),
      { ...rest, models: chosen, data: data.map(({ path }) => path) },
    );
    return valueOf(outcome);
  });
}
