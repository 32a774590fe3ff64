/** Real data: what it is, how it becomes inputs, and how right every variant is on it. */
import { useMemo, useState } from 'react';
import { mappingProblems } from '../../../state/data/data-mapping';
import { modelInterface } from '../../../state/data/data-selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import type { Original, WorkData } from '../../../state/workspace/workspace-store';
import { DataHead } from './DataHead';
import { DataCheckBanner } from '../../components/evaluation/DataCheckBanner';
import { useMedia } from '../../components/use-media';
import screen from '../../components/Screen.module.css';
import classes from './data.module.css';
import { EmptyData } from './EmptyData';
import { EvaluatePanel } from './EvaluatePanel';
import { EvaluationResults } from './EvaluationResults';
import { MappingEditor } from './MappingEditor';
import { SamplePreview } from './SamplePreview';

export function DataScreen() {
  const original = useWorkspace((state) => state.original);
  const data = useWorkspace((state) => state.data);
  if (original === null) return null;
  return data === null ? <EmptyData /> : <LoadedData data={data} original={original} />;
}

function LoadedData({ data, original }: { readonly data: WorkData; readonly original: Original }) {
  const { mapping, evaluation } = data;
  const isWide = useMedia('(min-width: 1000px)');
  const problems = useMemo(
    () => mappingProblems(mapping, evaluation.description, modelInterface(original)),
    [mapping, evaluation.description, original],
  );
  const [wanted, setWanted] = useState<number | null>(null);
  const preview = <SamplePreview {...{ data, original, wanted }} fits={problems.fits} onWanted={setWanted} />;
  return (
    <div className={screen.screen}>
      <DataHead data={data} />
      <DataCheckBanner isBesideResults />
      <EvaluatePanel data={data} fits={problems.fits} />
      <EvaluationResults />
      <div className={classes.mapping}>
        {/* The preview stands beside the mapping, or before its many fields if the screen is narrow. */}
        {isWide ? null : preview}
        <MappingEditor data={data} original={original} problems={problems} />
        {isWide ? preview : null}
      </div>
    </div>
  );
}
