import { createTheme, type MantineColorsTuple } from "@mantine/core";

/** Greys of a reading room: near black, and never pure white. */
const dark: MantineColorsTuple = [
  "#cfd6dd",
  "#b3bcc5",
  "#98a2ac",
  "#77828d",
  "#3a424a",
  "#2b3238",
  "#1d2227",
  "#14181c",
  "#0e1114",
  "#0b0d10",
];

export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: { light: 8, dark: 5 },
  autoContrast: true,
  respectReducedMotion: true,
  defaultRadius: "sm",
  fontFamily: "system-ui, 'Noto Sans', 'Noto Sans Hebrew', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'DejaVu Sans Mono', monospace",
  colors: { dark },
});

/** Colours that people with any colour vision tell apart (Okabe and Ito, 2008). */
export const palette = {
  orange: "#e69f00",
  sky: "#56b4e9",
  green: "#009e73",
  yellow: "#f0e442",
  blue: "#0072b2",
  vermilion: "#d55e00",
  purple: "#cc79a7",
} as const;

/** Colour and letter of each tumour region: a mark is never told by its colour alone. */
export const regions = {
  et: { colour: palette.vermilion, letter: "E", label: 3 },
  netc: { colour: palette.sky, letter: "N", label: 1 },
  snfh: { colour: palette.yellow, letter: "F", label: 2 },
  rc: { colour: palette.purple, letter: "R", label: 4 },
} as const;
