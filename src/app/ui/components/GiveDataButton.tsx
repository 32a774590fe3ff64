/** Data is files or a folder: a browser has a dialog for each, so that one of them is chosen first. */
import { Button, Menu } from '@mantine/core';
import { commandById } from '../../commands/command-registry';

export function GiveDataButton({ isFilled, className }: { readonly isFilled: boolean; readonly className?: string }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button className={className} variant={isFilled ? 'filled' : 'default'} size="compact-sm">
          Choose data
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={commandById('choose-data').perform}>Files</Menu.Item>
        <Menu.Item onClick={commandById('choose-data-folder').perform}>A folder</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
