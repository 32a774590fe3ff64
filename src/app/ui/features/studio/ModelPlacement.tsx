/** The nodes that WebGPU and WebNN are predicted to leave to the CPU, before anything runs. */
import type { PlacementPrediction } from '../../../../engine/analysis/predict-placement';
import type { Inspection } from '../../../../engine/analysis/inspection';
import { describeFindings, type RuleFinding } from '../../../../engine/analysis/tensorrt-rules';
import { FactList, type Fact } from '../../components/FactList';
import { Hint } from '../../components/Term';

export function ModelPlacement({ inspection }: { readonly inspection: Inspection }) {
  const { tensorrtRules: rules } = inspection;
  const { webgpu, webnn } = inspection.providers;
  const facts: readonly Fact[] = [
    ['WebGPU', <Prediction key="webgpu" {...ofProvider(webgpu)} />],
    ['WebNN', <Prediction key="webnn" {...ofProvider(webnn)} />],
    ...(rules ? ([['TensorRT', <Prediction key="tensorrt" {...ofRules(rules)} />]] as const) : []),
  ];
  return (
    <section aria-label="Predicted CPU fallback">
      <h3>Predicted CPU fallback</h3>
      <FactList facts={facts} />
    </section>
  );
}

/** `none` if all nodes are predicted to run there. */
function ofProvider({ sentence, evidence, leaves, notMeasured, wrong = [] }: PlacementPrediction) {
  const isQuiet = leaves.length + notMeasured.length + wrong.length === 0;
  return { sentence: isQuiet ? 'none' : sentence, evidence };
}

function ofRules(rules: readonly RuleFinding[]): { readonly sentence: string; readonly evidence: string } {
  const reasons = [...new Set(rules.map(({ rule, reason }) => `${rule}: ${reason}`))];
  return { sentence: describeFindings(rules), evidence: reasons.join(' ') || 'by its rules for quantized models' };
}

function Prediction({ sentence, evidence }: { readonly sentence: string; readonly evidence: string }) {
  return <Hint text={evidence}>{sentence}</Hint>;
}
