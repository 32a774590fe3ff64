/** The files of the folder that the model was dropped in: parts of the model, and other precisions of each. */
import { Button } from '@mantine/core';
import { useStore } from 'zustand';
import { formatBytes } from '../../../../engine/format';
import { folderOfWork, modelFolderStore } from '../../../state/models/model-folder';
import { openModelOfFolder } from '../../../state/models/open-actions';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { ScrollTable } from '../../components/ScrollTable';

const columns = [{ name: 'File' }, { name: 'Size', isNumeric: true }, { name: '' }];

/** The code of bundles is loaded on demand. */
const saveFolder = async () => (await import('../../../state/report/bundle-actions')).downloadFolder();

export function ModelFolder() {
  const kept = useStore(modelFolderStore);
  const folder = useWorkspace((state) => folderOfWork(state, kept));
  if (folder === null || folder.hub.models.length < 2) return null;
  const { root, model, models } = folder.hub;
  const hasParts = models.some(({ part }) => part !== model.part);
  return (
    <section aria-label="Folder">
      <h3>Folder</h3>
      <ScrollTable
        label="Files of the folder"
        caption="Models of the folder"
        columns={columns}
        rows={models.map(({ path, sizeBytes }) => ({
          name: path.slice(root.length),
          cells: [
            formatBytes(sizeBytes),
            path === model.path ? (
              'open'
            ) : (
              <Button size="compact-xs" variant="default" onClick={() => openModelOfFolder(path, folder)}>
                Open
              </Button>
            ),
          ],
        }))}
      />
      {hasParts && (
        <Button size="compact-xs" variant="default" onClick={() => void saveFolder()}>
          Download all parts
        </Button>
      )}
    </section>
  );
}
