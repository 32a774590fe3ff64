import type { InspectedValue } from '../../analysis/inspection';
import { quoted } from '../../quoted';
import { deploymentName, hasFreeBatch, modelPath, type DeployFacts, type DeployTarget } from '../deploy-facts';

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
        refusal: `Triton needs a type and a rank for every value, and “${odd.name}” is ${odd.dtype} of ${odd.shape === null ? 'unknown rank' : 'a type that it does not have'}.`,
      };
    }
    const name = deploymentName(facts.inspection.file.name);
    const notes = hasFreeBatch(facts.inspection)
      ? []
      : ['The batch size of the model is fixed, so Triton runs requests one by one (max_batch_size: 0).'];
    if (facts.externalData.length > 0) {
      notes.push(
        'The model has data files. Triton takes them from a folder named model.onnx: move model.onnx and them into models/<name>/1/model.onnx/.',
      );
    }
    return { files: [{ path: `models/${name}/config.pbtxt`, text: configOf(facts, name) }], notes };
  },
};

function configOf(facts: DeployFacts, name: string): string {
  const batched = hasFreeBatch(facts.inspection);
  const value = (one: InspectedValue): string => valueOf(one, batched);
  const warmUp = facts.inspection.inputs.map(
    (input) =>
      `    inputs { key: ${quoted(input.name)} value: { data_type: ${types.get(input.dtype)} dims: [ ${dimsOf(input, batched, 1).join(', ')} ] ${input.dtype === 'string' ? 'zero_data' : 'random_data'}: true } }`,
  );
  const batching = `dynamic_batching {
  max_queue_delay_microseconds: 2000
  default_queue_policy { timeout_action: REJECT default_timeout_microseconds: 100000 allow_timeout_override: true max_queue_size: 256 }
}
`;
  return `# The model file is ${modelPath(facts)}. Start: tritonserver --model-repository=<here>/models
name: ${quoted(name)}
backend: "onnxruntime"
max_batch_size: ${batched ? mostBatch : 0}
input [ ${facts.inspection.inputs.map(value).join(', ')} ]
output [ ${facts.inspection.outputs.map(value).join(', ')} ]
instance_group [ { count: 1 kind: KIND_CPU } ]
${batched ? batching : ''}model_warmup [ {
    name: "first" batch_size: 1 count: 2
${warmUp.join('\n')}
} ]
`;
}

/** A value without any dimension beside the batch is written as one of 1, and reshaped. */
function valueOf({ name, dtype, shape }: InspectedValue, batched: boolean): string {
  const dims = dimsOf({ shape }, batched, -1);
  const known = `name: ${quoted(name)} data_type: ${types.get(dtype)}`;
  return dims.length === 0
    ? `{ ${known} dims: [ 1 ] reshape: { shape: [ ] } }`
    : `{ ${known} dims: [ ${dims.join(', ')} ] }`;
}

function dimsOf({ shape }: Pick<InspectedValue, 'shape'>, batched: boolean, free: number): readonly number[] {
  return (shape ?? []).slice(batched ? 1 : 0).map((size) => (typeof size === 'number' ? size : free));
}
