/** How samples become inputs: one group per input of the model, then what the outputs are judged by. */
import { Button } from '@mantine/core';
import { resetMapping } from '../../../state/data/data-actions';
import type { MappingProblems } from '../../../state/data/data-mapping';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import type { Original, WorkData } from '../../../state/workspace/workspace-store';
import { OutputKindFields } from '../../components/OutputKindFields';
import { InputMappingField } from './InputMappingField';
import { LabelFields } from './LabelFields';
import classes from './MappingEditor.module.css';
import { ownValue } from '../../../../engine/own-value';

interface MappingEditorProps {
  readonly data: WorkData;
  readonly original: Original;
  readonly problems: MappingProblems;
}

export function MappingEditor({ data, original, problems }: MappingEditorProps) {
  const busy = useJob((state) => hasJob(state, 'read-data', 'evaluate'));
  const { mapping, suggestion } = data;
  const edited = mapping !== suggestion.mapping && JSON.stringify(mapping) !== JSON.stringify(suggestion.mapping);
  return (
    <section className={classes.editor} aria-label="Mapping">
      <div className={classes.head}>
        <h2>How samples become inputs</h2>
        {edited ? (
          <Button variant="subtle" size="compact-sm" onClick={resetMapping}>
            Back to the suggestion
          </Button>
        ) : null}
      </div>
      <fieldset className={classes.fields} disabled={busy}>
        <legend className="visually-hidden">Mapping</legend>
        {original.inspection.inputs.map((input) => (
          <InputMappingField
            key={input.name}
            input={input}
            data={data}
            original={original}
            problem={ownValue(problems.inputs, input.name) ?? null}
          />
        ))}
        <LabelFields data={data} original={original} problems={problems.others} />
        <div className={classes.input} role="group" aria-label="Outputs">
          <h3>Outputs</h3>
          <div className={classes.row}>
            <OutputKindFields />
          </div>
        </div>
      </fieldset>
      <Reasons reasons={suggestion.reasons} edited={edited} />
    </section>
  );
}

function Reasons({ reasons, edited }: { readonly reasons: readonly string[]; readonly edited: boolean }) {
  if (reasons.length === 0) return null;
  return (
    <section className={classes.reasons} aria-label="Why this mapping">
      <h3>{edited ? 'Why the suggested mapping' : 'Why this mapping'}</h3>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </section>
  );
}
