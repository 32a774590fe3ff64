/** Zeros by weight, and what they are good for: nothing at run time, something after compression. */
import type { TableDetail } from '../../../../engine/passes/pass-details';
import { formatBytes, formatCount, formatPercent } from '../../../../engine/format';
import { filesOf, originalFilesKey } from '../../../platform/file-registry';
import { useWorkspace } from '../../../state/workspace/use-stores';
import type { Variant } from '../../../state/workspace/workspace-store';
import { BarTable } from '../../components/BarTable';
import { Term } from '../../components/Term';
import classes from './SparsityTable.module.css';

const listedWeights = 100;

export function SparsityTable({ sparsity, variant }: { readonly sparsity: TableDetail; readonly variant: Variant }) {
  const { rows, total = [] } = sparsity;
  const largest = rows.slice(0, listedWeights);
  return (
    <div className={classes.sparsity}>
      <p>
        {formatPercent(Number(total[3]))} of these weights are zero. A dense runtime gets no faster from zeros, and the
        file stays as large; the download gets smaller once it is compressed.
      </p>
      <SizesAfterGzip variant={variant} />
      <BarTable
        label="Zeros by weight"
        caption="Zeros by weight, largest weights first"
        columns={['Weight', 'Elements', 'Zero']}
        rows={largest.map(([path, elements, , share]) => ({
          name: String(path),
          numbers: [formatCount(Number(elements)), formatPercent(Number(share))],
          share: Number(share),
        }))}
      />
      {rows.length > listedWeights ? (
        <p className={classes.note}>and {formatCount(rows.length - listedWeights)} smaller weights</p>
      ) : null}
    </div>
  );
}

function SizesAfterGzip({ variant }: { readonly variant: Variant }) {
  const before = useWorkspace((state) => state.gzipBytes[originalFilesKey]);
  const after = useWorkspace((state) => state.gzipBytes[variant.filesKey]);
  const { reencoded, variant: bytes } = variant.optimization.sizeBytes;
  // Of work that was restored before it was measured, the bytes are made again only when they are needed.
  const unknown = filesOf(variant.filesKey) === undefined ? 'not measured' : 'measuring…';
  const text = (value: number | undefined): string => (value === undefined ? unknown : formatBytes(value));
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
          <th scope="row">
            <Term name="Gzip">After gzip</Term>
          </th>
          <td>{text(before)}</td>
          <td>{text(after)}</td>
        </tr>
      </tbody>
    </table>
  );
}
