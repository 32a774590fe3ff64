/** What WebGPU and WebNN will leave to the CPU, before anything runs. */
import type { Inspection } from '../../../../engine/analysis/inspection';
import { describeFindings, type RuleFinding } from '../../../../engine/analysis/tensorrt-rules';
import { FactList, type Fact } from '../../components/FactList';
import classes from './ModelView.module.css';

export function ModelPlacement({ inspection }: { readonly inspection: Inspection }) {
  const { tensorrtRules: rules } = inspection;
  const { webgpu, webnn } = inspection.providers;
  const facts: readonly Fact[] = [
    ['WebGPU', <Prediction key="webgpu" {...webgpu} />],
    ['WebNN', <Prediction key="webnn" {...webnn} />],
    ...(rules ? ([['TensorRT', <Prediction key="tensorrt" {...ofRules(rules)} />]] as const) : []),
  ];
  return (
    <section aria-label="What providers will leave to the CPU">
      <h3>Left to the CPU, predicted</h3>
      <FactList facts={facts} />
    </section>
  );
}

function ofRules(rules: readonly RuleFinding[]): { readonly sentence: string; readonly evidence: string } {
  const reasons = [...new Set(rules.map(({ rule, reason }) => `${rule}: ${reason}`))];
  return { sentence: describeFindings(rules), evidence: reasons.join(' ') || 'by its rules for quantized models' };
}

function Prediction({ sentence, evidence }: { readonly sentence: string; readonly evidence: string }) {
  return (
    <>
      {sentence}
      <p className={classes.note}>{evidence}</p>
    </>
  );
}
