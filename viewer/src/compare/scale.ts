/** The longest bar, as a share of the side of the view. */
const SHARE_MAX = 0.3;

/** A bar of a round length. */
export interface Bar {
  readonly mm: number;
  readonly pixels: number;
}

/** The longest bar of 1, 2 or 5 times a power of ten millimetres that fits into a view. */
export function bar(mmPerPixel: number, side: number): Bar {
  const room = mmPerPixel * side * SHARE_MAX;
  if (!(room > 0) || !Number.isFinite(room)) return { mm: 0, pixels: 0 };
  const power = 10 ** Math.floor(Math.log10(room));
  const mm = ([5, 2].find((step) => step * power <= room) ?? 1) * power;
  return { mm, pixels: mm / mmPerPixel };
}

/** A length as it is written beside a bar. */
export function length(mm: number): string {
  return mm >= 10 && mm % 10 === 0 ? `${mm / 10} cm` : `${Number(mm.toPrecision(2))} mm`;
}
