// How numbers of the node are written. Nothing is worked out here: only digits, signs and units.

/** Digits that a volume in cm³ is shown with: the small ones need more. */
function digits(value: number): number {
  return Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
}

const MINUS = "\u2212";

/** A number with a point and a true minus sign, the same in every language. */
export function plain(value: number, places = digits(value)): string {
  return value.toFixed(places).replace("-", MINUS);
}

/** A number that always says its sign. */
export function signed(value: number, places = digits(value)): string {
  const text = plain(value, places);
  return value > 0 ? `+${text}` : text;
}

/** A volume with its unit. */
export function cm3(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${plain(value)} cm³`;
}

/** A change of volume with sign and unit. */
export function changeCm3(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${signed(value)} cm³`;
}

/** A change in percent with sign. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${signed(value, Math.abs(value) < 10 ? 1 : 0)} %`;
}

/** A length in millimetres. */
export function mm(value: number): string {
  return `${plain(value, 1)} mm`;
}

/** A product of two lengths. */
export function mm2(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${plain(value, 0)} mm²`;
}

const SIZES = ["B", "kB", "MB", "GB"] as const;

/** The size of a file. */
export function bytesShown(value: number): string {
  let step = 0;
  let rest = value;
  while (rest >= 1000 && step < SIZES.length - 1) {
    rest /= 1000;
    step += 1;
  }
  return `${rest.toFixed(step === 0 ? 0 : 1)} ${SIZES[step] ?? "B"}`;
}
