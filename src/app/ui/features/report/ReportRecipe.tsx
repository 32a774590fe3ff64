/** Lists the steps that made the variant, and the nodes that were left unchanged with the reasons. */
import { Stack } from '@mantine/core';
import { optionText } from '../../../../engine/passes/options';
import { wholeModel } from '../../../../engine/onnx/traverse';
import { findPass } from '../../../../engine/passes/registry';
import type { OptionValue } from '../../../../engine/passes/option-spec';
import { formatCount } from '../../../../engine/format';
import type { ReportPass, ReportVariant } from '../../../../engine/report/report-schema';
import { PassDetailsView } from '../../components/details/PassDetailsView';
import { Note } from '../../components/Note';
import { Term } from '../../components/Term';
import { FoldedOnPhone } from './FoldedOnPhone';
import classes from './report.module.css';

export function ReportRecipe({ variant }: { readonly variant: ReportVariant }) {
  if (variant.fromFile !== undefined)
    return (
      <p>
        {variant.name} was opened from {variant.fromFile}, without a recipe.
      </p>
    );
  const steps = variant.recipe.steps.filter((step) => step.enabled);
  return (
    <Stack component="section" gap={12} aria-labelledby="report-recipe">
      <h2 id="report-recipe">
        <Term name="Recipe" /> of {variant.name}
      </h2>
      {variant.teacher === undefined ? null : <p>Teacher: {variant.teacher}</p>}
      <ol className={classes.passes}>
        {variant.passes.map((pass, index) => (
          <li key={`${index} ${pass.id}`}>
            <PassSummary pass={pass} options={steps[index]?.options ?? {}} variantName={variant.name} />
          </li>
        ))}
      </ol>
    </Stack>
  );
}

interface PassSummaryProps {
  readonly pass: ReportPass;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly variantName: string;
}

function PassSummary({ pass, options, variantName }: PassSummaryProps) {
  // A report may come from a Pareto that knows other passes: its id then is the name.
  const known = findPass(pass.id);
  const chosen = Object.entries(options).map(
    ([name, value]) => `${known?.options[name]?.label ?? name}: ${describeOption(value)}`,
  );
  return (
    <>
      <h3>{known?.presentation.title ?? pass.id}</h3>
      <Note>{chosen.length === 0 ? 'Default options' : chosen.join(' · ')}</Note>
      <p>
        {formatCount(pass.changeCount)} changed, {formatCount(pass.refusalCount)} skipped. {pass.sentence}
      </p>
      {pass.refusals.length === 0 && pass.details === undefined ? null : (
        <FoldedOnPhone summary="Details">
          <PassParts pass={pass} variantName={variantName} />
        </FoldedOnPhone>
      )}
    </>
  );
}

/** Nodes that the pass skipped, and its own details. */
function PassParts({ pass, variantName }: Pick<PassSummaryProps, 'pass' | 'variantName'>) {
  return (
    <>
      {pass.refusals.length === 0 ? null : (
        <ul className={classes.refusals} aria-label="Reasons for skipping">
          {pass.refusals.map(({ code, reason, ops, count }) => (
            <li key={`${code} ${reason}`}>
              <strong>{formatCount(count)}</strong>
              <span>
                {reason} <Note span>{ops.filter((op) => op !== wholeModel.op).join(', ')}</Note>
              </span>
            </li>
          ))}
        </ul>
      )}
      {pass.details === undefined ? null : (
        <PassDetailsView details={pass.details} fileName={`${variantName}-${pass.id}`} />
      )}
    </>
  );
}

function describeOption(value: OptionValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  return optionText(value).replaceAll(',', ', ') || 'none';
}
