import { MantineProvider } from '@mantine/core';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { commandById } from '../../commands/command-registry';
import { GiveDataButton } from './GiveDataButton';

describe('the button that asks for data', () => {
  it('opens a choice, of files or a folder, each with a command', () => {
    const markup = renderToStaticMarkup(
      <MantineProvider env="test">
        <GiveDataButton isFilled />
      </MantineProvider>,
    );
    expect(markup).toContain('aria-haspopup="menu"');
    expect(markup).toContain('data-variant="filled"');
    expect(['choose-data', 'choose-data-folder'].map((id) => commandById(id).group)).toEqual(['Data', 'Data']);
  });
});
