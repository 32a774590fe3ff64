/** The result in one sentence, made by the same tested function as in the report. */
import { formatBytes, formatCount } from '../../../../engine/report/format';
import { originalBytes, selectSelectedVariant } from '../../../state/selectors';
import { useWorkspace } from '../../../state/use-stores';
import { workspaceHeadline } from '../../../state/workspace-report';
import { originalId, type WorkspaceState } from '../../../state/workspace-store';
import { VariantDot } from '../../components/VariantDot';
import { colourOfRow } from '../../theme/variant-colour';
import classes from './Headline.module.css';

/** About the original there is nothing to claim: the facts, and what to do next. */
function originalSentence({ original, variants }: WorkspaceState): string {
  if (original === null) return '';
  const { file, parameters, nodes } = original.inspection;
  const facts = `${file.name} has ${formatCount(parameters)} parameters in ${formatCount(nodes.length)} nodes and takes ${formatBytes(originalBytes(original))}.`;
  return variants.length === 0 ? `${facts} Run the recipe to make the first variant.` : facts;
}

export function Headline() {
  const sentence = useWorkspace((state) =>
    state.selected === originalId ? originalSentence(state) : workspaceHeadline(state),
  );
  const colour = useWorkspace((state) => colourOfRow(state, state.selected));
  const isOriginal = useWorkspace((state) => selectSelectedVariant(state) === null);
  return (
    <div className={classes.headline}>
      <span className={classes.dot}>
        <VariantDot colour={colour} hollow={isOriginal} />
      </span>
      <p className={classes.sentence} data-testid="headline">
        {sentence}
      </p>
    </div>
  );
}
