import type { InspectedValue } from '../../analysis/inspection';
import { quoted } from '../../quoted';
import { median } from '../../metrics/quantile';
import { suggestedWaits } from '../../serving/service-times';
import { measurementsOf } from '../measurements';
import { runsAlone } from '../../serving/batch-verdict';
import { deploymentName, modelPath, type DeployFacts, type DeployTarget } from '../deploy-facts';
import { describeProducts } from '../native-products';
import { inComment } from '../python-parts';
import { shapeRanges } from '../shape-ranges';

/** ONNX element types that Triton takes (model_config.proto, enum DataType). */
const types = new Map([
  ['bool', 'TYPE_BOOL'],
  ['uint8', 'TYPE_UINT8'],
  ['uint16', 'TYPE_UINT16'],
  ['uint32', 'TYPE_UINT32'],
  ['uint64', 'TYPE_UINT64'],
  ['int8', 'TYPE_INT8'],
  ['int16', 'TYPE_INT16'],
  ['int32', 'TYPE_INT32'],
  ['int64', 'TYPE_INT64'],
  ['float16', 'TYPE_FP16'],
  ['float32', 'TYPE_FP32'],
  ['float64', 'TYPE_FP64'],
  ['bfloat16', 'TYPE_BF16'],
  ['string', 'TYPE_STRING'],
]);

const mostBatch = 32;

export const triton: DeployTarget = {
  id: 'triton',
  title: 'Triton Inference Server',
  checkedWith: 'model_config.proto of tritonclient 2.73',
  make(facts) {
    const { inputs, outputs } = facts.inspection;
    const odd = [...inputs, ...outputs].find(({ dtype, shape }) => !types.has(dtype) || shape === null);
    if (odd !== undefined) {
      return {
        refusal: `Triton needs a type and a rank for every value, but “${odd.name}” is ${odd.dtype} of ${odd.shape === null ? 'unknown rank' : 'an unsupported type'}.`,
      };
    }
    const name = deploymentName(facts.inspection.file.name);
    const { batched, reason } = batchingOf(facts);
    const notes = batched ? [] : [`Triton runs requests one by one (max_batch_size: 0): ${reason}`];
    notes.push(...describeProducts(facts, 'Triton'));
    if (facts.externalData.length > 0) {
      notes.push(
        'The model has data files. Triton reads them from a folder named model.onnx: move all files into models/<name>/1/model.onnx/.',
      );
    }
    return { files: [{ path: `models/${name}/config.pbtxt`, text: configOf(facts, name) }], notes };
  },
};

function configOf(facts: DeployFacts, name: string): string {
  const { batched, reason } = batchingOf(facts);
  const value = (one: InspectedValue): string => valueOf(one, batched);
  const sizes = batched ? preferredSizes : [1];
  const batching = batched ? dynamicBatching(facts) : '';
  // A response of the cache would depend on the requests that ran beside the first one.
  const cache =
    facts.batching.joining === 'approximate'
      ? ''
      : '# Works with tritonserver --cache-config local,size=104857600\nresponse_cache { enable: true }\n';
  return `# The model file is ${modelPath(facts)}. Start: tritonserver --model-repository=<here>/models
name: ${quoted(name)}
backend: "onnxruntime"
# ${inComment(reason)}
max_batch_size: ${batched ? mostBatch : 0}
# Add a new version as the folder models/${name}/2. Both are served until the old folder is removed.
version_policy: { latest: { num_versions: 2 } }
input [ ${facts.inspection.inputs.map(value).join(', ')} ]
output [ ${facts.inspection.outputs.map(value).join(', ')} ]
instance_group [ { count: 1 kind: KIND_CPU } ]
# Threads of ONNX Runtime for one batch; 0: one for each core of the machine. In a container with a limit of cores, write the limit.
parameters { key: "intra_op_thread_count" value: { string_value: "0" } }
parameters { key: "inter_op_thread_count" value: { string_value: "1" } }
${batching}${cache}model_warmup [
${sizes.map((size) => warmUpOf(facts, size, batched)).join(',\n')}
]
`;
}

/** Sizes that Triton prefers to wait for, and warms up: memory and kernels of each are ready before the first request. */
const preferredSizes = [1, 4, 8, 16, mostBatch] as const;

function warmUpOf(facts: DeployFacts, size: number, batched: boolean): string {
  // Random integers are beyond the rows of a table that they choose from; zero is in every table.
  const inputs = shapeRanges(facts.inspection, facts.batching).map(({ name: input, dtype, usual }) => {
    const dims = batched ? usual.slice(1) : usual;
    const content = dtype.includes('float') ? 'random_data' : 'zero_data';
    return `    inputs { key: ${quoted(input)} value: { data_type: ${types.get(dtype)} dims: [ ${dims.length === 0 ? '1' : dims.join(', ')} ] ${content}: true } }`;
  });
  return `  {
    name: "batch of ${size}" batch_size: ${size} count: 2
${inputs.join('\n')}
  }`;
}

/** Urgent requests have priority 1. The times come from measurements of this model if there are some. */
function dynamicBatching(facts: DeployFacts): string {
  const { waitMs, timeoutMs } = queueTimes(facts);
  const microseconds = (ms: number) => Math.round(ms * 1000);
  return `dynamic_batching {
  preferred_batch_size: [ ${preferredSizes.slice(1).join(', ')} ]
  max_queue_delay_microseconds: ${microseconds(waitMs)}
  preserve_ordering: false
  priority_levels: 2
  default_priority_level: 2
  default_queue_policy { timeout_action: REJECT default_timeout_microseconds: ${microseconds(timeoutMs)} allow_timeout_override: true max_queue_size: 256 }
}
`;
}

const usualTimes = { waitMs: 2, timeoutMs: 100 } as const;
/** Full batches that a request may wait for. */
const batchesToWait = 4;

/**
 * The wait is the time of one run, at most 5 ms; the timeout is that of four full batches. The times are those of the bundle's server
 * if it was measured, else of a benchmark.
 */
function queueTimes(facts: DeployFacts): { readonly waitMs: number; readonly timeoutMs: number } {
  const { servers, cells } = measurementsOf(facts);
  const own = facts.originalSha256 === null ? 'original' : 'deployed';
  const cell = cells.find(({ of }) => of === own)?.cell;
  const times =
    servers[0]?.batchTimes ?? (cell === undefined ? [] : [{ batch: cell.batch, samplesMs: [cell.steady.medianMs] }]);
  const measured = times.filter(({ batch, samplesMs }) => batch > 0 && samplesMs.length > 0);
  if (measured.length === 0) return usualTimes;
  const largest = measured.reduce((most, one) => (one.batch > most.batch ? one : most));
  const fullMs = (median(largest.samplesMs) / largest.batch) * mostBatch;
  return {
    waitMs: suggestedWaits(measured).maxWaitMs,
    timeoutMs: Number(Math.min(10_000, Math.max(10, batchesToWait * fullMs)).toPrecision(2)),
  };
}

/** Triton takes a batch only if the file declares a free first dimension of every value. */
function batchingOf({ inspection: { inputs, outputs }, batching }: DeployFacts): {
  readonly batched: boolean;
  readonly reason: string;
} {
  if (runsAlone(batching)) return { batched: false, reason: batching.reason };
  const odd = [...inputs, ...outputs].find(({ shape }) => typeof (shape ?? [0])[0] === 'number');
  return odd === undefined
    ? { batched: true, reason: batching.reason }
    : { batched: false, reason: `The first dimension of “${odd.name}” is not free.` };
}

/** A value without any dimension beside the batch is written as one of 1, and reshaped. */
function valueOf({ name, dtype, shape }: InspectedValue, batched: boolean): string {
  const dims = dimsOf({ shape }, batched);
  const known = `name: ${quoted(name)} data_type: ${types.get(dtype)}`;
  return dims.length === 0
    ? `{ ${known} dims: [ 1 ] reshape: { shape: [ ] } }`
    : `{ ${known} dims: [ ${dims.join(', ')} ] }`;
}

function dimsOf({ shape }: Pick<InspectedValue, 'shape'>, batched: boolean): readonly number[] {
  return (shape ?? []).slice(batched ? 1 : 0).map((size) => (typeof size === 'number' ? size : -1));
}
