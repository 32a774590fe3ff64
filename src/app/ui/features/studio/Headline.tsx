/** The result in one sentence, made by the same tested function as in the report. */
import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { knownVerdict } from '../../../../engine/report/variant-verdict';
import { selectSelectedVariant } from '../../../state/workspace/selectors';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace, workspaceHeadline } from '../../../state/report/workspace-report';
import { originalId, type WorkspaceState } from '../../../state/workspace/workspace-store';
import { VariantDot } from '../../components/VariantDot';
import { colorOfRow } from '../../theme/variant-color';
import classes from './StudioScreen.module.css';

/** The original has no claim, and its figures stand below. While a variant is being made, a goal was chosen. */
function originalSentence({ original, variants }: WorkspaceState, isBusy: boolean): string {
  if (original === null) return '';
  const { name } = original.inspection.file;
  return variants.length === 0 && !isBusy ? `Choose a goal for ${name}.` : `Original: ${name}.`;
}

/** Characters that fit in one line, beside an advice and in a usual window. */
const shortLength = 45;

export function Headline() {
  const isBusy = useJob((state) => hasJob(state, 'optimize', 'search'));
  const sentence = useWorkspace((state) =>
    state.selected === originalId ? originalSentence(state, isBusy) : workspaceHeadline(state),
  );
  const color = useWorkspace((state) => colorOfRow(state, state.selected));
  const isOriginal = useWorkspace((state) => selectSelectedVariant(state) === null);
  const word = useWorkspace((state) => {
    const report = reportOfWorkspace(state);
    return (report && knownVerdict(report, state.selected)?.verdict.word) ?? 'unknown';
  });
  return (
    <div
      className={classes.headline}
      data-long={sentence.length > shortLength}
      {...(!isOriginal && { 'data-testid': 'verdict', 'data-word': word })}
    >
      <span className={classes.dot}>
        <VariantDot color={color} hollow={isOriginal} />
      </span>
      <Sentence key={sentence} text={sentence} />
    </div>
  );
}

function Sentence({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false);
  const { ref, isCut } = useIsCut();
  return (
    <div className={classes.headlineText}>
      <p ref={ref} className={classes.sentence} data-whole={isWhole} data-testid="headline">
        {text}
      </p>
      {isCut || isWhole ? (
        <Button
          className={classes.headlineMore}
          variant="subtle"
          size="compact-sm"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? 'Less' : 'More'}
        </Button>
      ) : null}
    </div>
  );
}

/** True if the style sheet cuts the text off. */
function useIsCut() {
  const ref = useRef<HTMLParagraphElement>(null);
  const [isCut, setCut] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setCut(element.scrollHeight > element.clientHeight + 1));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, isCut };
}
