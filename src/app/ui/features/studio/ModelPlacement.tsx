/** What WebGPU and WebNN will leave to the CPU, before anything runs. */
import type { Inspection } from '../../../../engine/analysis/inspection';
import { FactList, type Fact } from '../../components/FactList';
import classes from './ModelView.module.css';

export function ModelPlacement({ inspection }: { readonly inspection: Inspection }) {
  const { webgpu, webnn } = inspection.providers;
  const facts: readonly Fact[] = [
    ['WebGPU', <Prediction key="webgpu" {...webgpu} />],
    ['WebNN', <Prediction key="webnn" {...webnn} />],
  ];
  return (
    <section aria-label="What providers will leave to the CPU">
      <h3>Left to the CPU, predicted</h3>
      <FactList facts={facts} />
    </section>
  );
}

function Prediction({ sentence, evidence }: { readonly sentence: string; readonly evidence: string }) {
  return (
    <>
      {sentence}
      <p className={classes.note}>{evidence}</p>
    </>
  );
}
