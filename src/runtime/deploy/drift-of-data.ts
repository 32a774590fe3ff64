/** Distributions of known data and of the model's outputs, for a bundle whose server watches for drift. */
import { createCalibrationData } from '../../engine/data/calibration';
import { referenceOf, type DriftReference } from '../../engine/deploy/drift-reference';
import type { Progress } from '../../engine/progress';
import { createBrowserPictureDecoder } from '../data/browser-picture-decoder';
import { OpenDatasets } from '../data/open-datasets';
import type { ReferenceData } from '../jobs/benchmark-calls';
import type { JobContext } from '../jobs/call';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';
import { withAnswers } from './answer-samples';

export class DriftReferences {
  readonly #datasets = new OpenDatasets(createBrowserPictureDecoder());

  /** `null` without data, and where it has too few samples. Rejects as readers of data do. */
  async of(
    reference: ReferenceData | null,
    { host, files: model }: { readonly host: SessionHost; readonly files: ModelFiles },
    context: JobContext<Progress>,
  ): Promise<DriftReference | null> {
    if (reference === null) return null;
    const { key, files, mapping, split, inputs, name } = reference;
    context.progress({ stage: `Reading ${name}`, done: 0, total: 1 });
    const { dataset } = await this.#datasets.open(key, files, context);
    // The data is not kept, so it needs no fingerprint.
    const asked = { dataset, fingerprint: '', mapping, split, inputs, freeDimensions: {} };
    return withAnswers(context.signal, host, model, (answer) =>
      referenceOf(createCalibrationData(asked, context).feeds(), name, () => context.checkpoint(), answer),
    );
  }
}
