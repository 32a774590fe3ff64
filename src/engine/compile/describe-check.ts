/** How near a compiled module is to the model. */
import { formatCounted, formatDecibels } from '../format';

/** A contract: part of `report.json`. */
export interface ModuleCheck {
  /** The error of the outputs against onnxruntime-web. */
  readonly sqnrDb: number;
  readonly checkedOn: {
    readonly samples: number;
    readonly inputs: 'data' | 'random';
    /** `exact-sigmoids`: onnxruntime-web with sigmoids by their formula, because its own are the larger part of the error. */
    readonly against: 'runtime' | 'exact-sigmoids';
  };
}

/** `SQNR 132 dB to onnxruntime-web on 3 random inputs` */
export function describeCheck({ sqnrDb, checkedOn }: ModuleCheck): string {
  const { samples, inputs, against } = checkedOn;
  const exact = against === 'runtime' ? '' : ' with exact sigmoids';
  const kind = inputs === 'data' ? 'sample' : 'random input';
  return `SQNR ${formatDecibels(sqnrDb)} to onnxruntime-web${exact} on ${formatCounted(samples, kind)}`;
}
