import style from "./admin.module.css";

/** A part of a bar: how much, and which mark it wears. */
export interface Part {
  amount: number;
  mark: "full" | "striped" | "empty";
}

const WIDTH = 240;
const HEIGHT = 12;

/** A bar of parts on a common scale. The numbers stand beside it, so that it is silent. */
export function Bar({ parts, whole, at }: { parts: Part[]; whole: number; at?: number }) {
  const scale = whole > 0 ? WIDTH / whole : 0;
  const starts = parts.map((_, n) => parts.slice(0, n).reduce((sum, part) => sum + part.amount, 0));
  return (
    <svg className={`figure ${style.bar}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <rect className={style.ground} width={WIDTH} height={HEIGHT} />
      {parts.map((part, n) => (
        <rect
          key={n}
          className={style[part.mark]}
          x={(starts[n] ?? 0) * scale}
          width={part.amount * scale}
          height={HEIGHT}
        />
      ))}
      {at === undefined ? null : (
        <line className={style.tick} x1={at * scale} x2={at * scale} y1={0} y2={HEIGHT} />
      )}
    </svg>
  );
}
