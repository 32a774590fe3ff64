/** Real data: what it is, how it becomes inputs, and how right every variant is on it. */
import { useWorkspace } from '../../../state/use-stores';
import { DataHead } from './DataHead';
import classes from './DataScreen.module.css';
import { EmptyData } from './EmptyData';
import { EvaluatePanel } from './EvaluatePanel';
import { EvaluationResults } from './EvaluationResults';
import { MappingEditor } from './MappingEditor';
import { SamplePreview } from './SamplePreview';

export function DataScreen() {
  const original = useWorkspace((state) => state.original);
  const data = useWorkspace((state) => state.data);
  if (original === null) return null;
  if (data === null) return <EmptyData />;
  return (
    <div className={classes.screen}>
      <DataHead data={data} />
      <EvaluatePanel data={data} />
      <EvaluationResults />
      <div className={classes.mapping}>
        <MappingEditor data={data} original={original} />
        <SamplePreview data={data} original={original} />
      </div>
    </div>
  );
}
