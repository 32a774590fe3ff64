/**
 * Describes the selected variant, or the original: its origin, its inputs and outputs, and the operators that do the
 * work.
 */
import type { ReactNode } from 'react';
import type { InspectedValue, Inspection } from '../../../../engine/analysis/inspection';
import {
  formatBytes,
  formatCount,
  formatFingerprint,
  formatFirst,
  formatNodePath,
  formatShape,
} from '../../../../engine/format';
import { selectSelectedVariant } from '../../../state/workspace/selectors';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { BarTable } from '../../components/BarTable';
import { InspectedModelState } from '../../components/InspectedModelState';
import { type Fact, FactList } from '../../components/FactList';
import { VariantDot } from '../../components/VariantDot';
import { originalId } from '../../../state/workspace/workspace-store';
import { colorOfRow } from '../../theme/variant-color';
import { ModelFolder } from './ModelFolder';
import { ModelWeights } from './ModelWeights';
import classes from './ModelView.module.css';
import { ScrollTable } from '../../components/ScrollTable';
import type { PlacementPrediction } from '../../../../engine/analysis/predict-placement';
import { describeFindings, type RuleFinding } from '../../../../engine/analysis/tensorrt-rules';
import { Hint } from '../../components/Term';
import { describeCost } from '../../../../engine/report/describe-cost';
import { DimensionFields } from '../../components/DimensionFields';
import { hasJob } from '../../../state/jobs/job-store';

/** The hint names the largest values. */
const mostNamed = 4;

/** Shows the cost of one run of the model, computed from its shapes without a run. */
function ModelCost({ inspection }: { readonly inspection: Inspection }) {
  const facts: readonly Fact[] = [
    ['MACs', describeCost(inspection, 'macs')],
    ['FLOPs', describeCost(inspection, 'flops')],
    ['Bytes moved', describeCost(inspection, 'bytes')],
    ['Peak activations', <PeakActivations key="peak" inspection={inspection} />],
  ];
  return (
    <section aria-label="Cost of one run">
      <h3>Cost of one run</h3>
      <div className={classes.stack}>
        <InputSizes />
        <FactList facts={facts} />
      </div>
    </section>
  );
}

/**
 * The sizes that the figures below, those of every node and the predictions hold for. Shows nothing if the model fixes
 * all sizes.
 */
function InputSizes() {
  const busy = useJob((state) => hasJob(state, 'benchmark', 'measure-nodes', 'evaluate'));
  const hasOpenSizes = useWorkspace((state) => Object.keys(state.freeDimensions).length > 0);
  if (!hasOpenSizes) return null;
  return (
    <fieldset className={classes.sizes} disabled={busy}>
      <legend className="visually-hidden">Input sizes</legend>
      <DimensionFields />
    </fieldset>
  );
}

function PeakActivations({ inspection }: { readonly inspection: Inspection }) {
  const { peakActivation: peak, peakActivationUnknown: reason } = inspection;
  if (peak === null) return reason;
  const alive = formatFirst(
    peak.alive.map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`),
    mostNamed,
    peak.aliveCount,
  );
  const hint = `Static estimate, while ${formatNodePath(peak.node)} runs. Alive: ${alive}.`;
  return <Hint text={hint}>{formatBytes(peak.bytes)}</Hint>;
}

interface OperatorCount {
  readonly op: string;
  readonly count: number;
  readonly parameters: number;
}

function countOperators(inspection: Inspection): readonly OperatorCount[] {
  const counts = new Map<string, { count: number; parameters: number }>();
  for (const { op, parameters } of inspection.nodes) {
    const entry = counts.get(op) ?? { count: 0, parameters: 0 };
    counts.set(op, { count: entry.count + 1, parameters: entry.parameters + parameters });
  }
  return [...counts]
    .map(([op, entry]) => ({ op, ...entry }))
    .toSorted((a, b) => b.parameters - a.parameters || b.count - a.count);
}

export function ModelView() {
  const variant = useWorkspace(selectSelectedVariant);
  const original = useWorkspace((state) => state.original);
  const hasVariants = useWorkspace((state) => state.variants.length > 0);
  const id = variant?.id ?? originalId;
  const color = useWorkspace((state) => colorOfRow(state, id));
  const entry = useInspectedModel(id);
  const opened = (variant ?? original)?.inspection ?? null;
  if (opened === null) return null;
  // The inspection has sizes for the free dimensions. Restored work may have an inspection of an earlier version.
  const inspection = entry?.inspected?.inspection ?? null;
  return (
    <div className={classes.view}>
      {hasVariants ? (
        <h2 className={classes.subject}>
          <VariantDot color={color} hollow={variant === null} /> {variant?.name ?? 'Original'}
        </h2>
      ) : null}
      {opened.warnings.length === 0 ? null : (
        <Banner kind="notice">
          <ul className={classes.warnings}>
            {opened.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Banner>
      )}
      <div className={classes.columns}>
        <Facts inspection={opened}>
          <InspectedModelState id={id} entry={entry} />
          {inspection === null ? null : (
            <>
              <ModelCost inspection={inspection} />
              <ModelPlacement inspection={inspection} />
            </>
          )}
        </Facts>
        <div className={classes.column}>
          {inspection === null ? null : <ModelWeights inspection={inspection} files={entry!.files} />}
          <Operators inspection={opened} />
          <ModelFolder />
        </div>
      </div>
    </div>
  );
}

interface FactsProps {
  readonly inspection: Inspection;
  /** Content between the inputs and outputs and the file. */
  readonly children: ReactNode;
}

function Facts({ inspection, children }: FactsProps) {
  const { file, irVersion, producer, opsets, weightBytes, externalFiles, functions, inputs, outputs } = inspection;
  const opsetText = opsets.map(({ domain, version }) => `${domain === '' ? 'ai.onnx' : domain} ${version}`).join(', ');
  const facts: readonly Fact[] = [
    ['Producer', producer === '' ? 'not stated' : producer],
    ['Opset', opsetText],
    ['IR version', String(irVersion)],
    ['Weights', formatBytes(weightBytes)],
    ...(externalFiles.length === 0 ? [] : [['External data', externalFiles.join(', ')] as const]),
    ...(functions.length === 0 ? [] : [['Functions', functions.join(', ')] as const]),
    ['SHA-256', formatFingerprint(file.sha256)],
  ];
  return (
    <div className={classes.column}>
      <ValueSection title="Inputs" values={inputs} />
      <ValueSection title="Outputs" values={outputs} />
      {children}
      <section aria-label="File">
        <details className={classes.file}>
          <summary>File</summary>
          <FactList facts={facts} />
        </details>
      </section>
    </div>
  );
}

function ValueSection({ title, values }: { readonly title: string; readonly values: readonly InspectedValue[] }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ValueTable caption={title} values={values} />
    </section>
  );
}

function Operators({ inspection }: { readonly inspection: Inspection }) {
  const operators = countOperators(inspection);
  const most = Math.max(1, ...operators.map((operator) => operator.parameters));
  return (
    <section aria-label="Operators">
      <h3>Operators</h3>
      <BarTable
        label="Operators"
        caption="Operators of the model by the parameters they hold"
        columns={['Operator', 'Nodes', 'Parameters']}
        rows={operators.map(({ op, count, parameters }) => ({
          name: op,
          numbers: [formatCount(count), parameters === 0 ? '–' : formatCount(parameters)],
          share: parameters / most,
        }))}
      />
    </section>
  );
}

const columns = [{ name: 'Name' }, { name: 'Type' }, { name: 'Shape' }];

function ValueTable({ caption, values }: { readonly caption: string; readonly values: readonly InspectedValue[] }) {
  return (
    <ScrollTable
      label={caption}
      caption={caption}
      columns={columns}
      rows={values.map(({ name, dtype, shape }) => ({ name, cells: [dtype, formatShape(shape)] }))}
    />
  );
}

/** The nodes that WebGPU and WebNN are predicted to leave to the CPU, before anything runs. */
function ModelPlacement({ inspection }: { readonly inspection: Inspection }) {
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
