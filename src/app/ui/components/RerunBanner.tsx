/** A report's recipe waits for a model, or runs on one that may differ from the report's. */
import { Button } from '@mantine/core';
import { formatBytes } from '../../../engine/format';
import { setRerun, type Rerun } from '../../state/window/app-store';
import { findReproduced } from '../../state/workspace/selectors';
import { hasJob } from '../../state/jobs/job-store';
import { useApp, useJob, useWorkspace } from '../../state/workspace/use-stores';
import { Banner } from './Banner';
import { goTo } from '../../state/workspace/navigation';
import type { Variant } from '../../state/workspace/workspace-store';
import { BreakableName } from './BreakableName';

/** `opened`: says what the open model is to the report; else asks for one. */
export function RerunBanner({ opened }: { readonly opened: boolean }) {
  const rerun = useApp((state) => state.rerun);
  if (rerun === null) return null;
  return (
    <Banner
      kind="notice"
      actions={
        <>
          {opened ? <RunAndMeasure rerun={rerun} /> : null}
          <Button variant="default" onClick={() => setRerun(null)}>
            Dismiss
          </Button>
        </>
      }
    >
      {opened ? <AboutModel rerun={rerun} /> : <Waiting rerun={rerun} />}
    </Banner>
  );
}

/** Offered only for the report's model, because nothing can be compared with another one. */
function RunAndMeasure({ rerun }: { readonly rerun: Rerun }) {
  const isSame = useWorkspace((state) => state.original?.inspection.file.sha256 === rerun.sha256);
  const isBusy = useJob((state) => hasJob(state, 'optimize', 'benchmark'));
  const isMade = useWorkspace((state) => findReproduced(state, rerun) !== undefined);
  if (!isSame) return null;
  if (isMade) {
    return (
      <Button variant="default" onClick={() => goTo('report')}>
        Open report
      </Button>
    );
  }
  const run = async (): Promise<void> => {
    const [{ runRecipe }, { measureSelected }] = await Promise.all([
      import('../../state/recipe/optimize-actions'),
      import('../../state/benchmark/benchmark-actions'),
    ]);
    if (await runRecipe()) await measureSelected();
  };
  return (
    <Button variant="default" disabled={isBusy} onClick={() => void run()}>
      Run and measure
    </Button>
  );
}

function Waiting({ rerun: { variantName, modelName } }: { readonly rerun: Rerun }) {
  return (
    <>
      <strong>The recipe of {variantName} is ready.</strong> Open <BreakableName text={modelName} />, the report’s
      model, or another one, and run the recipe on this device.
    </>
  );
}

function AboutModel({ rerun }: { readonly rerun: Rerun }) {
  const { variantName, modelName, sha256 } = rerun;
  const made = useWorkspace((state) => findReproduced(state, rerun));
  const file = useWorkspace((state) => state.original?.inspection.file ?? null);
  if (file === null) return null;
  if (file.sha256 === '') {
    return <>The recipe of {variantName} is ready. Pareto is checking whether this is the report’s model.</>;
  }
  if (file.sha256 === sha256 && made !== undefined) return <AboutVariant rerun={rerun} made={made} />;
  if (file.sha256 === sha256) {
    return <>This is the report’s model. Run the recipe to make {variantName} and measure it on this device.</>;
  }
  return (
    <>
      <strong>This is not the report’s model</strong>, which is <BreakableName text={modelName} />. The recipe of{' '}
      {variantName} runs on it, but the results cannot be compared with the report.
    </>
  );
}

function AboutVariant({
  rerun: { variantName, variantFile },
  made,
}: {
  readonly rerun: Rerun;
  readonly made: Variant;
}) {
  const { sha256, sizeBytes } = made.inspection.file;
  if (sha256 === variantFile.sha256) {
    return (
      <>
        <strong>{variantName} is reproduced:</strong> its file is identical to the report’s, byte for byte.
      </>
    );
  }
  return (
    <>
      <strong>{variantName} differs from the report’s file:</strong> {formatBytes(sizeBytes)} here,{' '}
      {formatBytes(variantFile.sizeBytes)} there. Calibration samples or versions may differ.
    </>
  );
}
