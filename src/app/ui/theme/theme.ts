/** Mantine dressed in the tokens of tokens.css. Four sizes, two weights, one radius, borders instead of shadows. */
import type { KeyboardEvent } from 'react';
import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

const grays: MantineColorsTuple = [
  '#f8f8f9',
  '#f0f0f2',
  '#e3e3e7',
  '#c9c9d0',
  '#a6a6b1',
  '#83838e',
  '#64646e',
  '#43434d',
  '#2b2b32',
  '#1b1b1f',
];

const sizes = { xs: '0.75rem', sm: '0.875rem', md: '0.875rem', lg: '1.125rem', xl: '1.75rem' };

/** Filled is ink on paper or paper on ink; subtle is text that gets a ground under the pointer. */
const variantColorResolver: VariantColorsResolver = (input) => {
  if (input.variant === 'filled') {
    return {
      background: 'var(--ink)',
      hover: 'var(--ink-hover)',
      color: 'var(--on-ink)',
      border: '1px solid transparent',
    };
  }
  if (input.variant === 'subtle') {
    return {
      background: 'transparent',
      hover: 'var(--surface-hover)',
      color: 'var(--text)',
      border: '1px solid transparent',
    };
  }
  return defaultVariantColorsResolver(input);
};

/** A switch turns with Enter too, as a button does; by itself it knows the space bar alone. */
function turnWithEnter(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key === 'Enter') event.currentTarget.click();
}

export const theme = createTheme({
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  colors: { ink: grays },
  primaryColor: 'ink',
  primaryShade: { light: 9, dark: 1 },
  variantColorResolver,
  defaultRadius: 8,
  radius: { xs: '8px', sm: '8px', md: '8px', lg: '8px', xl: '8px' },
  fontSizes: sizes,
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: sizes.lg, lineHeight: '1.4' },
      h2: { fontSize: sizes.lg, lineHeight: '1.4' },
      h3: { fontSize: sizes.md, lineHeight: '1.4' },
      h4: { fontSize: sizes.md, lineHeight: '1.4' },
    },
  },
  shadows: { xs: 'none', sm: 'none', md: 'none', lg: 'none', xl: 'none' },
  components: {
    Switch: { defaultProps: { onKeyDown: turnWithEnter } },
    Menu: {
      // The placeholder that takes the focus is not a permitted child of a menu. A menu longer than the window scrolls,
      // and a scrolling element needs a stop for the keyboard.
      defaultProps: { withInitialFocusPlaceholder: false, menuItemTabIndex: 0, middlewares: { size: { padding: 8 } } },
    },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Mantine's own variables take their values from the tokens, so both themes are designed in one file. */
export const resolveVariables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-bright': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text-muted)',
    '--mantine-color-placeholder': 'var(--text-muted)',
    '--mantine-color-anchor': 'var(--text)',
    '--mantine-color-error': 'var(--invalid)',
    '--mantine-color-default': 'var(--surface-control)',
    '--mantine-color-default-hover': 'var(--surface-hover)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-default-border': 'var(--border-control)',
    '--mantine-color-disabled': 'var(--surface-hover)',
    '--mantine-color-disabled-color': 'var(--text-muted)',
    '--mantine-color-disabled-border': 'var(--border)',
    '--mantine-primary-color-filled': 'var(--ink)',
    '--mantine-primary-color-filled-hover': 'var(--ink-hover)',
    '--mantine-primary-color-contrast': 'var(--on-ink)',
    '--mantine-primary-color-light': 'var(--surface-hover)',
    '--mantine-primary-color-light-hover': 'var(--surface-selected)',
    '--mantine-primary-color-light-color': 'var(--text)',
    '--mantine-color-ink-filled': 'var(--ink)',
    '--mantine-color-ink-filled-hover': 'var(--ink-hover)',
  };
  return { variables: {}, light: shared, dark: shared };
};
