/** Shows why a view of the graph is empty or old: being read, waiting for a job, failed, or missing. */
import { Button } from '@mantine/core';
import { filesOf } from '../../platform/file-registry';
import { ensureInspected, type InspectedModelEntry } from '../../state/models/inspected-models';
import { remakeVariant } from '../../state/recipe/optimize-actions';
import { isMeasuring } from '../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../state/workspace/use-stores';
import type { Variant } from '../../state/workspace/workspace-store';
import { Banner } from './Banner';

interface InspectedModelStateProps {
  /** `original` or a variant's id. */
  readonly id: string;
  readonly entry: InspectedModelEntry | null;
}

export function InspectedModelState({ id, entry }: InspectedModelStateProps) {
  const variant = useWorkspace((state) => state.variants.find((candidate) => candidate.id === id) ?? null);
  const busy = useJob(isMeasuring);
  if (entry?.problem != null) return <Banner kind="problem">{entry.problem}</Banner>;
  if (entry === null && variant !== null && filesOf(variant.filesKey) === undefined) {
    return <BringBack variant={variant} busy={busy} />;
  }
  if (entry?.pending && busy) {
    return <Banner kind="notice">Shapes and MACs are computed after the running job ends.</Banner>;
  }
  return null;
}

function BringBack({ variant, busy }: { readonly variant: Variant; readonly busy: boolean }) {
  const dimensions = useWorkspace((state) => state.freeDimensions);
  const bringBack = async (): Promise<void> => {
    if (await remakeVariant(variant)) ensureInspected(variant.filesKey, dimensions);
  };
  return (
    <Banner
      kind="notice"
      actions={
        <Button variant="default" disabled={busy} onClick={() => void bringBack()}>
          Make it again
        </Button>
      }
    >
      The file of this variant was not saved. Its recipe makes identical bytes again.
    </Banner>
  );
}
