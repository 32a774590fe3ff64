/** No data yet: what can be given, what comes of it, and that accuracy is unknown until then. */
import { currentJob } from '../../../state/jobs/job-store';
import { useJob } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { DropPanel } from '../../components/DropPanel';
import { LastOutcome } from '../../components/OutcomeBanner';
import screen from './DataScreen.module.css';
import classes from './EmptyData.module.css';

const accepted: readonly (readonly [what: string, how: string])[] = [
  [
    'Pictures',
    'PNG, JPEG, WebP or GIF: a folder, many files or a zip. A sub-folder per class gives the labels, or a labels.csv.',
  ],
  ['Arrays', '.npz or .npy from NumPy, .safetensors, IDX files of the MNIST family.'],
  ['Tables', 'CSV, TSV or Parquet, also with pictures in a column.'],
  ['Texts', 'A column of a table, JSONL or one text a line (.txt), together with the model’s tokenizer.json.'],
  ['Sounds', 'WAV files: a folder, many files or a zip.'],
  ['ONNX test data', 'Folders test_data_set_0, test_data_set_1, … with input_0.pb beside a model.'],
];

export function EmptyData() {
  const job = useJob(currentJob);
  return (
    <div className={screen.screen}>
      <header className={classes.head}>
        <h1>Data</h1>
        <p className={classes.lead}>
          Give data with labels to see how often each variant is right, with its interval. Without labels it shows how
          near its outputs stay to those of the original; without data, accuracy stays unknown.
        </p>
      </header>
      <LastOutcome />
      <DropPanel
        label="Choose data"
        job={job}
        invitation={
          <>
            <CommandButton command="choose-data" primary />
            <CommandButton command="choose-data-folder" />
            <p>or drop files or a folder anywhere in this window. They stay on this device.</p>
          </>
        }
      >
        <dl className={classes.accepted}>
          {accepted.map(([what, how]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{how}</dd>
            </div>
          ))}
        </dl>
      </DropPanel>
    </div>
  );
}
