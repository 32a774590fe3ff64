/** Zeros by weight, and what they are good for: nothing at run time, something after compression. */
import type { PassDetails } from '../../../../engine/passes/pass';
import { formatBytes, formatCount, formatPercent } from '../../../../engine/report/format';
import { originalFilesKey } from '../../../platform/file-registry';
import { useWorkspace } from '../../../state/use-stores';
import type { Variant } from '../../../state/workspace-store';
import classes from './SparsityTable.module.css';

type Sparsity = NonNullable<PassDetails['sparsity']>;

const listedWeights = 100;

export function SparsityTable({ sparsity, variant }: { readonly sparsity: Sparsity; readonly variant: Variant }) {
  const { total, weights } = sparsity;
  const largest = weights.toSorted((a, b) => b.elements - a.elements).slice(0, listedWeights);
  return (
    <div className={classes.sparsity}>
      <p>
        {formatPercent(total.zeros / Math.max(1, total.elements))} of these weights are zero. A dense runtime gets no
        faster from zeros, and the file stays as large; the download gets smaller once it is compressed.
      </p>
      <SizesAfterGzip variant={variant} />
      <div className={classes.scroll} tabIndex={0} role="group" aria-label="Zeros by weight">
        <table className={classes.table}>
          <caption className="visually-hidden">Zeros by weight, largest weights first</caption>
          <thead>
            <tr>
              <th scope="col">Weight</th>
              <th scope="col" className={classes.number}>
                Elements
              </th>
              <th scope="col" className={classes.number}>
                Zero
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {largest.map(({ path, zeros, elements }) => (
              <tr key={path}>
                <th scope="row" className={classes.path}>
                  {path}
                </th>
                <td className={classes.number}>{formatCount(elements)}</td>
                <td className={classes.number}>{formatPercent(zeros / Math.max(1, elements))}</td>
                <td className={classes.barCell}>
                  <div className={classes.bar} style={{ width: `${(zeros / Math.max(1, elements)) * 100}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {weights.length > listedWeights ? (
        <p className={classes.note}>and {formatCount(weights.length - listedWeights)} smaller weights</p>
      ) : null}
    </div>
  );
}

function SizesAfterGzip({ variant }: { readonly variant: Variant }) {
  const before = useWorkspace((state) => state.gzipBytes[originalFilesKey]);
  const after = useWorkspace((state) => state.gzipBytes[variant.filesKey]);
  const { reencoded, variant: bytes } = variant.optimization.sizeBytes;
  const text = (value: number | undefined): string => (value === undefined ? 'measuring…' : formatBytes(value));
  return (
    <table className={classes.sizes}>
      <thead>
        <tr>
          <td />
          <th scope="col">Original</th>
          <th scope="col">{variant.name}</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">On disk</th>
          <td>{formatBytes(reencoded)}</td>
          <td>{formatBytes(bytes)}</td>
        </tr>
        <tr>
          <th scope="row">After gzip</th>
          <td>{text(before)}</td>
          <td>{text(after)}</td>
        </tr>
      </tbody>
    </table>
  );
}
