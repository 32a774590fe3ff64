/** The range of each activation: the one seen on the data, and the one that the calibrator chooses. */
import type { CalibrationData } from '../../../data/calibration-data';
import { messageOf, ParetoError } from '../../../errors';
import type { Inference } from '../../../inference';
import {
  observeStatistics,
  type ObservedStatistics,
  type StatisticsRequest,
} from '../../../calibration/observe-statistics';
import type { ValueRange, ValueStatistics } from '../../../calibration/value-statistics';
import type { Node, ValueName } from '../../../onnx/graph';
import type { PassContext } from '../../pass';
import { createWorkMeter } from '../../work-meter';
import type { CalibratorSettings } from './calibrators/calibrator';
import { calibrators } from './calibrators/calibrators';
import type { StaticOptions } from './static-options';
import type { ValueGraph } from './value-graph';

/** The context of a pass that calibrates. */
export interface CalibrationContext extends PassContext {
  readonly data: CalibrationData;
  readonly inference: Inference;
}

/** Code of the error where the model cannot be run on the data. */
export const unsuitableData = 'quantize/data';

/**
 * Statistics of values on the data, with progress. Throws `unsuitableData` with the runtime's reason where the model cannot be run
 * on it.
 */
export async function observeActivations(
  given: Pick<StatisticsRequest, 'model' | 'madeOf' | 'needsRanges'>,
  values: Iterable<ValueName>,
  channelAxes: ReadonlyMap<ValueName, number>,
  context: CalibrationContext,
): Promise<ObservedStatistics> {
  const { signal, data, inference } = context;
  const meter = createWorkMeter(context, 'Observing activations');
  try {
    return await observeStatistics({
      ...{ signal, data, inference, channelAxes, ...given },
      values: [...values],
      start: (work) => meter.start(work),
      advance: () => meter.advance(1),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const message = messageOf(error);
    const advice = 'Check which field feeds which input, and with which shape';
    throw new ParetoError(unsuitableData, `The model cannot run on the data. ${advice}. Runtime message: ${message}`, {
      cause: error,
    });
  }
}

/** float32 values that these nodes read and compute. */
export function activationsAround(nodes: readonly Node[], graph: ValueGraph): ReadonlySet<ValueName> {
  const values = new Set<ValueName>();
  for (const { inputs, outputs } of nodes) {
    for (const name of [...inputs, ...outputs]) if (graph.isFloat(name) && !graph.constant(name)) values.add(name);
  }
  return values;
}

export interface ChosenRanges {
  readonly ranges: ReadonlyMap<ValueName, ValueRange>;
  /** Values without a range, and why. */
  readonly without: ReadonlyMap<ValueName, 'not-finite' | 'always-zero'>;
}

/** The range of every value, by the calibrator, as ONNX Runtime's tool sets ranges around bounds and Softmax. */
export async function chooseRanges(
  statistics: ReadonlyMap<ValueName, ValueStatistics>,
  nodes: readonly Node[],
  graph: ValueGraph,
  choice: { readonly options: StaticOptions; readonly settings: CalibratorSettings; readonly context: PassContext },
): Promise<ChosenRanges> {
  const { options, settings, context } = choice;
  const ranges = new Map<ValueName, ValueRange>();
  const without = new Map<ValueName, 'not-finite' | 'always-zero'>();
  for (const [name, seen] of statistics) {
    if (seen.notFinite > 0 || seen.minimum > seen.maximum) without.set(name, 'not-finite');
    else if (seen.minimum === 0 && seen.maximum === 0) without.set(name, 'always-zero');
    else ranges.set(name, calibrators[options.calibrator](seen, settings));
    await context.checkpoint();
  }
  for (const { opType, inputs, outputs } of nodes) {
    const [input = ''] = inputs;
    const [output = ''] = outputs;
    const range = ranges.get(output);
    // The range before a Relu or Clip needs no values that it cuts off.
    const isBound = opType === 'Relu' || opType === 'Clip';
    if (isBound && range && graph.readers(input).length === 1 && !graph.isOutput(input)) ranges.set(input, range);
    if (opType === 'Softmax' && !without.has(output)) ranges.set(output, { minimum: 0, maximum: 1 });
  }
  return { ranges, without };
}
