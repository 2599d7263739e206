// Colours and sizes of the pages. Shades are chosen for a contrast of at least 4.5 to 1.

import { type CSSVariablesResolver, createTheme } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', comboboxProps: { shadow: 'md' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close the note' } } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#545b64',
    '--mantine-color-placeholder': '#626a73',
    '--mantine-color-error': '#c92a2a',
    '--hf-good': '#2b8a3e',
    '--hf-warning': '#b35900',
    '--hf-bad': '#c92a2a',
    '--hf-info': '#1864ab',
    '--hf-line': '#dee2e6',
    '--hf-rail': '#868e96',
    '--hf-active': '#e5eaff',
    '--hf-active-text': '#2b3f9e',
    '--hf-stripe': '#f8f9fa',
    '--hf-removed': '#ffe3e3',
    '--hf-added': '#d3f9d8',
  },
  dark: {
    '--mantine-color-dimmed': '#a6acb5',
    '--mantine-color-placeholder': '#9aa0a8',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-body': '#16181d',
    '--mantine-color-default': '#1e2127',
    '--mantine-color-default-border': '#363b45',
    '--hf-good': '#69db7c',
    '--hf-warning': '#ffc078',
    '--hf-bad': '#ff8787',
    '--hf-info': '#74c0fc',
    '--hf-line': '#2d323b',
    '--hf-rail': '#868e96',
    '--hf-active': '#252c4a',
    '--hf-active-text': '#c5d0ff',
    '--hf-stripe': '#1b1e24',
    '--hf-removed': '#4a1f24',
    '--hf-added': '#173d24',
  },
});
