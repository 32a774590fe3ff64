/**
 * Converts the model to a newer operator set of ONNX: some operators, and some runtimes, need one. Every operator whose
 * meaning changed on the way is rewritten, so the answers stay the same.
 */
import type { OptionSpec } from '../option-spec';
import { definePass, type Refusal } from '../pass';
import { wholeModel } from '../../onnx/traverse';

const options = {
  target: {
    kind: 'choice',
    label: 'Operator set',
    explanation: 'The version of ONNX’s operators that the model is written in afterwards.',
    default: '17',
    choices: [
      { value: '13', label: '13', explanation: 'What most tools for quantization ask for: a scale for each channel.' },
      { value: '17', label: '17', explanation: 'Has layer normalization as one operator.' },
      { value: '21', label: '21', explanation: 'Has 4-bit integers, scales for blocks, and Gelu as one operator.' },
      {
        value: '23',
        label: '23',
        explanation: 'Has RMS normalization, rotary embedding and attention as one operator.',
      },
    ],
  },
} as const satisfies Record<string, OptionSpec>;

export const convertOpset = definePass({
  id: 'convert-opset',
  title: 'Convert operator set',
  summary: 'Rewrites the model in newer operators with the same answers; all of it, or nothing where one cannot be.',
  options,
  script: async (chosen) => (await import('./opset-script')).scriptOfOpset(chosen),
  async run(model, chosen, context) {
    const [{ defaultOpsetVersion }, { upgradeOpset }] = await Promise.all([
      import('../../onnx/traverse'),
      import('../../onnx/upgrade-opset'),
    ]);
    await context.checkpoint();
    const target = BigInt(chosen.target);
    const version = defaultOpsetVersion(model);
    const refuse = (refusal: Refusal) => ({ model, changes: [], refusals: [refusal] });
    const outcome = await upgradeOpset(model, target, () => context.checkpoint());
    context.progress({ stage: 'Converted', done: 1, total: 1 });
    if (outcome.kind === 'refused') {
      const reason = `The model stays as it is: ${outcome.reason}`;
      return refuse({ ...(outcome.node ?? wholeModel), code: 'opset-not-convertible', reason });
    }
    if (outcome.model === model) {
      const reason = `The model is written in operator set ${version} already.`;
      return refuse({ ...wholeModel, code: 'opset-new-enough', reason });
    }
    const changes = [
      ...outcome.changes.map((what) => ({ ...wholeModel, what })),
      ...outcome.nodes.map((node) => ({ ...node, what: 'Rewritten: its operator changed on the way' })),
    ];
    return { model: outcome.model, changes, refusals: [] };
  },
});
