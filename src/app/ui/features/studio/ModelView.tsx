/**
 * Describes the selected variant, or the original: its origin, its inputs and outputs, and the operators that do the
 * work.
 */
import type { ReactNode } from 'react';
import type { InspectedValue, Inspection } from '../../../../engine/analysis/inspection';
import { formatBytes, formatCount, formatFingerprint, formatShape } from '../../../../engine/format';
import { selectSelectedVariant } from '../../../state/workspace/selectors';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { BarTable } from '../../components/BarTable';
import { InspectedModelState } from '../../components/InspectedModelState';
import { FactList, type Fact } from '../../components/FactList';
import { VariantDot } from '../../components/VariantDot';
import { originalId } from '../../../state/workspace/workspace-store';
import { colorOfRow } from '../../theme/variant-color';
import { ModelCost } from './ModelCost';
import { ModelFolder } from './ModelFolder';
import { ModelPlacement } from './ModelPlacement';
import { ModelWeights } from './ModelWeights';
import classes from './ModelView.module.css';
import { ScrollTable } from '../../components/ScrollTable';

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
