/**
 * The look, in one file: neutral greys with a breath of pine, one accent, a quiet scale for statuses. Pages take spacing and colours from
 * here and never bring their own. Text colours hold 4.5:1 on every surface they stand on, in both themes.
 */
import type { RaThemeOptions } from 'react-admin';

type Tone = { text: string; surface: string; line: string };
export type StatusTone = 'success' | 'redirect' | 'client' | 'server' | 'unknown';
type Colours = {
  page: string;
  rail: string;
  raised: string;
  hover: string;
  selected: string;
  line: string;
  strongLine: string;
  text: string;
  secondary: string;
  muted: string;
  accent: string;
  onAccent: string;
  accentSoft: string;
  danger: string;
  onDanger: string;
  dangerSoft: string;
  status: Record<StatusTone, Tone>;
  methods: Record<'read' | 'create' | 'change' | 'remove', string>;
};

const light: Colours = {
  page: '#FFFFFF',
  rail: '#F7F9F8',
  raised: '#FFFFFF',
  hover: '#F3F6F5',
  selected: '#E9F3EF',
  line: '#E4E9E6',
  strongLine: '#CDD5D1',
  text: '#14201B',
  secondary: '#46524C',
  muted: '#626E68',
  accent: '#0F6B4F',
  onAccent: '#FFFFFF',
  accentSoft: '#E6F2EE',
  danger: '#B42318',
  onDanger: '#FFFFFF',
  dangerSoft: '#FDECEA',
  status: {
    success: { text: '#0E6443', surface: '#EFF8F3', line: '#CBE6D8' },
    redirect: { text: '#3B566F', surface: '#EAF0F6', line: '#C9D7E4' },
    client: { text: '#8A4B00', surface: '#FDF1DD', line: '#F3D9A9' },
    server: { text: '#B42318', surface: '#FDECEA', line: '#F5C6C1' },
    unknown: { text: '#525D58', surface: '#EFF2F1', line: '#D5DCD9' },
  },
  methods: { read: '#46524C', create: '#0E6443', change: '#3B566F', remove: '#B42318' },
};

const dark: Colours = {
  page: '#0D1110',
  rail: '#0A0D0C',
  raised: '#151A18',
  hover: '#161C1A',
  selected: '#14271F',
  line: '#222A27',
  strongLine: '#35403B',
  text: '#E7ECEA',
  secondary: '#A9B4AF',
  muted: '#8A9690',
  accent: '#4FBF97',
  onAccent: '#06251A',
  accentSoft: '#12291F',
  danger: '#F0867B',
  onDanger: '#2B0704',
  dangerSoft: '#2E1512',
  status: {
    success: { text: '#6FD0A3', surface: '#0F1F18', line: '#1B3A2C' },
    redirect: { text: '#A4BED6', surface: '#17222C', line: '#2A3A49' },
    client: { text: '#EDB863', surface: '#2B2010', line: '#4A3819' },
    server: { text: '#F79A90', surface: '#301614', line: '#532723' },
    unknown: { text: '#A9B4AF', surface: '#1C2320', line: '#35403B' },
  },
  methods: { read: '#A9B4AF', create: '#6FD0A3', change: '#A4BED6', remove: '#F79A90' },
};

declare module '@mui/material/styles' {
  interface Palette {
    tone: Colours;
  }
  interface PaletteOptions {
    tone?: Colours;
  }
}

export const sans = "'Inter Variable', Inter, system-ui, sans-serif";
export const mono = "'JetBrains Mono Variable', 'JetBrains Mono', ui-monospace, monospace";

const focus = (c: Colours) => ({ outline: `2px solid ${c.accent}`, outlineOffset: 1 });

function baseline(c: Colours) {
  return {
    styleOverrides: {
      html: { background: c.page },
      // Without contextual alternates: JetBrains Mono would draw the dots of a masked key as one ligature.
      body: { background: c.page, fontVariantLigatures: 'no-contextual' },
      // Not on words: Inter widens the hyphen with its figures.
      'time, .number': { fontVariantNumeric: 'tabular-nums' },
      ':focus-visible': focus(c),
      '::selection': { background: c.accentSoft, color: c.text },
      a: {
        color: c.accent,
        textDecorationThickness: 1,
        textDecorationColor: 'color-mix(in srgb, currentColor 40%, transparent)',
        textUnderlineOffset: 3,
        '&:hover': { textDecorationColor: 'currentColor' },
      },
      'code, pre, kbd': { fontFamily: mono, fontSize: 13 },
      '@media (prefers-reduced-motion: reduce)': {
        '*, *::before, *::after': { animationDuration: '0.01ms !important', transitionDuration: '0.01ms !important' },
      },
    },
  };
}

function controls(c: Colours) {
  return {
    MuiButtonBase: { defaultProps: { disableRipple: true }, styleOverrides: { root: { '&.Mui-focusVisible': focus(c) } } },
    MuiButton: {
      defaultProps: { disableElevation: true, size: 'small' as const },
      styleOverrides: {
        root: {
          textTransform: 'none' as const,
          fontWeight: 500,
          fontSize: 13,
          lineHeight: '20px',
          padding: '5px 12px',
          minWidth: 0,
          borderRadius: 6,
          whiteSpace: 'nowrap' as const,
          '@media (pointer: coarse)': { minHeight: 40 },
        },
        outlined: {
          borderColor: c.strongLine,
          color: c.text,
          padding: '4px 11px',
          '&:hover': { background: c.hover, borderColor: c.strongLine },
          '&.MuiButton-colorError': { color: c.danger, '&:hover': { background: c.dangerSoft, borderColor: c.danger } },
        },
        text: { color: c.secondary, '&:hover': { background: c.hover, color: c.text } },
      },
    },
    MuiIconButton: {
      styleOverrides: {
        root: {
          borderRadius: 6,
          padding: 6,
          color: c.muted,
          '&:hover': { background: c.hover, color: c.text },
          '@media (pointer: coarse)': { minWidth: 40, minHeight: 40 },
        },
      },
    },
    MuiSvgIcon: { styleOverrides: { root: { fontSize: 18 } } },
    MuiLink: { defaultProps: { underline: 'hover' as const } },
  };
}

function inputs(c: Colours) {
  return {
    MuiOutlinedInput: {
      styleOverrides: {
        root: {
          borderRadius: 6,
          fontSize: 14,
          background: c.page,
          '& .MuiOutlinedInput-notchedOutline': { borderColor: c.strongLine, top: 0, '& legend': { display: 'none' } },
          '&:hover .MuiOutlinedInput-notchedOutline': { borderColor: c.muted },
          '&.Mui-focused .MuiOutlinedInput-notchedOutline': { borderColor: c.accent, borderWidth: 2 },
        },
        multiline: { padding: 0 },
        input: { padding: '7px 12px', height: 22, '&::placeholder': { color: c.muted, opacity: 1 } },
      },
    },
    MuiTextField: { defaultProps: { size: 'small' as const, variant: 'outlined' as const } },
    MuiFormControl: { defaultProps: { size: 'small' as const, variant: 'outlined' as const } },
    MuiFormHelperText: {
      styleOverrides: { root: { margin: '4px 0 0', fontSize: 12, lineHeight: '16px', color: c.muted, '&.Mui-error': { color: c.danger } } },
    },
    // Above the field, where it stays: a label that floats is read twice and leaves a hole in the frame.
    MuiInputLabel: {
      defaultProps: { shrink: true },
      styleOverrides: {
        root: {
          position: 'static' as const,
          transform: 'none',
          maxWidth: 'none',
          marginBottom: 4,
          fontSize: 13,
          fontWeight: 500,
          lineHeight: '20px',
          color: c.text,
          '&.Mui-focused, &.Mui-disabled': { color: c.text },
          '&.Mui-error': { color: c.danger },
          '& span[aria-hidden]': { display: 'none' },
        },
      },
    },
    MuiFormLabel: { styleOverrides: { asterisk: { display: 'none' } } }, // what is optional says so
    MuiCheckbox: { styleOverrides: { root: { padding: 6 } } },
  };
}

function overlays(c: Colours) {
  const edge = {
    border: `1px solid ${c.line}`,
    background: c.raised,
    backgroundImage: 'none',
    borderRadius: 10,
    boxShadow: '0 12px 32px -8px rgba(5, 20, 14, 0.28)',
  };
  return {
    MuiPaper: { styleOverrides: { root: { backgroundImage: 'none' } } },
    // A form in a dialog: its fields scroll, its buttons stay in sight.
    MuiDialog: { styleOverrides: { paper: { ...edge, '& > form': { display: 'flex', flexDirection: 'column', minHeight: 0 } } } },
    MuiDialogTitle: { styleOverrides: { root: { fontSize: 16, fontWeight: 600, padding: '20px 24px 8px' } } },
    MuiDialogContent: { styleOverrides: { root: { padding: '8px 24px 16px' } } },
    MuiDialogActions: { styleOverrides: { root: { padding: '12px 24px 20px', gap: 4 } } },
    MuiBackdrop: { styleOverrides: { root: { '&:not(.MuiBackdrop-invisible)': { background: 'rgba(6, 14, 11, 0.45)' } } } },
    MuiMenu: { styleOverrides: { paper: { ...edge, borderRadius: 8, minWidth: 200, marginTop: 4 }, list: { padding: 4 } } },
    MuiMenuItem: {
      styleOverrides: {
        root: { fontSize: 13, minHeight: 32, borderRadius: 5, padding: '5px 10px', gap: 8, '@media (pointer: coarse)': { minHeight: 40 } },
      },
    },
    MuiTooltip: {
      defaultProps: { enterDelay: 350, disableInteractive: true },
      styleOverrides: {
        tooltip: {
          background: c.text,
          color: c.page,
          fontSize: 12,
          fontWeight: 400,
          borderRadius: 6,
          padding: '5px 8px',
          maxWidth: 320,
          lineHeight: '16px',
        },
      },
    },
    MuiSkeleton: {
      defaultProps: { animation: 'wave' as const },
      styleOverrides: { root: { background: c.hover, borderRadius: 4, transform: 'none' } },
    },
  };
}

function theme(mode: 'light' | 'dark', c: Colours): RaThemeOptions {
  return {
    palette: {
      mode,
      tone: c,
      divider: c.line,
      primary: { main: c.accent, contrastText: c.onAccent },
      secondary: { main: c.accent, contrastText: c.onAccent },
      error: { main: c.danger, contrastText: c.onDanger },
      background: { default: c.page, paper: c.raised },
      text: { primary: c.text, secondary: c.secondary, disabled: c.muted },
      action: { hover: c.hover, selected: c.selected },
      // How much darker a filled button is under the pointer: its dark text must stay readable.
      tonalOffset: { light: 0.2, dark: mode === 'dark' ? 0.12 : 0.3 },
    },
    spacing: 4,
    shape: { borderRadius: 6 },
    sidebar: { width: 224, closedWidth: 56 },
    transitions: {
      duration: { shortest: 80, shorter: 100, short: 120, standard: 140, complex: 150, enteringScreen: 140, leavingScreen: 100 },
    },
    typography: {
      fontFamily: sans,
      fontSize: 14,
      fontWeightRegular: 400,
      fontWeightMedium: 500,
      fontWeightBold: 600,
      h1: { fontSize: 20, fontWeight: 600, lineHeight: '28px', letterSpacing: '-0.012em' },
      h2: { fontSize: 15, fontWeight: 600, lineHeight: '24px', letterSpacing: '-0.006em' },
      h3: { fontSize: 13, fontWeight: 600, lineHeight: '20px' },
      body1: { fontSize: 14, lineHeight: '22px' },
      body2: { fontSize: 13, lineHeight: '20px' },
      caption: { fontSize: 12, lineHeight: '16px' },
    },
    components: { MuiCssBaseline: baseline(c), ...controls(c), ...inputs(c), ...overlays(c) },
  };
}

export const lightTheme = theme('light', light);
export const darkTheme = theme('dark', dark);
