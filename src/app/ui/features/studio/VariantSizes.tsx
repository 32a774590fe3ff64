/** Size on disk and after gzip, if one does not follow from the other. Some passes save bytes only in a download. */
import { formatBytes } from '../../../../engine/format';
import { gainsByCompression } from '../../../../engine/report/headline';
import { filesOf, originalFilesKey } from '../../../platform/file-registry';
import { isUnchanged } from '../../../state/workspace/selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import type { Variant } from '../../../state/workspace/workspace-store';
import { Term } from '../../components/Term';
import { toneOfSizes } from '../../components/verdict-tone';
import classes from './ChangesView.module.css';

export function VariantSizes({ variant }: { readonly variant: Variant }) {
  const before = useWorkspace((state) => state.gzipBytes[originalFilesKey]);
  const after = useWorkspace((state) => state.gzipBytes[variant.filesKey]);
  const { sizeBytes } = variant.optimization;
  const isSmaller = toneOfSizes(sizeBytes.original, sizeBytes.variant) === 'better';
  const gains =
    before !== undefined && after !== undefined && gainsByCompression(sizeBytes, { original: before, variant: after });
  if (isUnchanged(variant) || (isSmaller && !gains)) return null;
  // Bytes of work that was restored before it was measured are computed again only when they are needed.
  const unknown = filesOf(variant.filesKey) === undefined ? 'not measured' : 'measuring…';
  const text = (value: number | undefined): string => (value === undefined ? unknown : formatBytes(value));
  return (
    <table className={classes.sizes}>
      <caption className="visually-hidden">Size on disk and after gzip</caption>
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
          <td>{formatBytes(sizeBytes.original)}</td>
          <td>{formatBytes(sizeBytes.variant)}</td>
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
